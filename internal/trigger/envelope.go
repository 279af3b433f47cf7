package trigger

import (
	"cmp"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// maxPayload is the largest event that is decoded, in bytes. An asynchronous
// invocation of Lambda brings at most 1 MiB. Source: the AWS page of Lambda quotas.
const maxPayload = 1 << 20

const (
	stopType        = "Stop Instances Requested"
	startType       = "Start Instances Requested"
	alarmType       = "CloudWatch Alarm State Change"
	contributorType = "CloudWatch Alarm Contributor State Change" // the AWS page "Alarm events and EventBridge"
)

// envelope holds the fields of an EventBridge event that zenstop reads. A field
// that is missing, given twice or of another type is empty.
type envelope struct {
	id, source, detailType, time string
	detail                       jsontext.Value
}

// kinds has the source and detail-type of each kind of event.
var kinds = map[[2]string]runs.Kind{
	{"zenstop", stopType}:          runs.KindRequest,
	{"zenstop", startType}:         runs.KindRequest,
	{"zenstop.schedule", stopType}: runs.KindSchedule,
	{"aws.cloudwatch", alarmType}:  runs.KindAlarm,
}

// kind says which kind of event it is.
func (e envelope) kind() runs.Kind {
	if kind, ok := kinds[[2]string{e.source, e.detailType}]; ok {
		return kind
	}
	return runs.KindUnknown
}

// action is what the event asks for. Its detail-type alone says that: nothing in its detail
// turns a stop into a start.
func (e envelope) action() power.Action {
	if e.detailType == startType {
		return power.Start
	}
	return power.Stop
}

// open reads the envelope. With an error it still returns what could be read, so
// that the report of a refused run has its name and trigger.
func open(payload []byte) (envelope, error) {
	if len(payload) > maxPayload {
		return envelope{}, fmt.Errorf("event: has %d bytes, the limit is %d", len(payload), maxPayload)
	}
	m, err := readMembers(payload)
	if err != nil {
		return envelope{}, err
	}
	var e envelope
	err = cmp.Or( // a message names one thing to correct
		m.text("source", &e.source),
		m.text("detail-type", &e.detailType),
		e.checkKind(),
		m.text("id", &e.id),
		m.text("time", &e.time),
		m.object("detail", &e.detail),
	)
	return e, err
}

// checkKind objects to an event that is of none of the kinds.
func (e *envelope) checkKind() error {
	if e.kind() != runs.KindUnknown {
		return nil
	}
	if e.detailType == contributorType {
		return fmt.Errorf("detail-type: %q is about one contributor of an alarm on a query, and zenstop accepts only %q; "+
			"make an alarm for each machine on a metric with the dimension %s, or send a request", contributorType, alarmType, dimension)
	}
	return fmt.Errorf("source, detail-type: %s with %s is not an event for zenstop; accepted are zenstop and zenstop.schedule with %q, zenstop with %q, and aws.cloudwatch with %q",
		quote(e.source), quote(e.detailType), stopType, startType, alarmType)
}

// text reads a member that must be a string and not empty.
func (m members) text(name string, into *string) error {
	value, err := m.get(name, '"', "a string")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(value, into, jsontext.AllowInvalidUTF8(true)); err != nil || *into == "" {
		return fmt.Errorf("%s: must not be empty", name)
	}
	return nil
}

// object reads a member that must be an object.
func (m members) object(name string, into *jsontext.Value) (err error) {
	*into, err = m.get(name, '{', "an object")
	return err
}

// get returns the member of this name. It must be there once and be of this kind,
// which must puts into words.
func (m members) get(name string, kind jsontext.Kind, must string) (jsontext.Value, error) {
	value, ok := m[name]
	if !ok {
		return nil, fmt.Errorf("%s: is missing; an event has source, detail-type, id, time and detail", name)
	}
	if value == nil {
		return nil, fmt.Errorf("%s: is given twice", name)
	}
	if value.Kind() != kind {
		return nil, fmt.Errorf("%s: is %s, must be %s", name, found(value.Kind()), must)
	}
	return value, nil
}
