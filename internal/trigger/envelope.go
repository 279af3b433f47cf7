package trigger

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/shutdown"
)

// maxPayload bounds what is decoded at all, in bytes: an asynchronous
// invocation of Lambda brings no more.
const maxPayload = 1 << 20

const (
	requestType = "Stop Instances Requested"
	alarmType   = "CloudWatch Alarm State Change"
)

// envelope is the part of an EventBridge event that zenstop reads. A field that
// is missing or no string is empty.
type envelope struct {
	id, source, detailType, time string
	detail                       jsontext.Value
}

// kind says which of the accepted shapes the envelope has.
func (e envelope) kind() shutdown.Kind {
	switch {
	case e.source == "zenstop" && e.detailType == requestType:
		return shutdown.KindRequest
	case e.source == "zenstop.schedule" && e.detailType == requestType:
		return shutdown.KindSchedule
	case e.source == "aws.cloudwatch" && e.detailType == alarmType:
		return shutdown.KindAlarm
	}
	return shutdown.KindUnknown
}

// open reads the envelope. With an error it holds what could be read all the same.
func open(payload []byte) (envelope, error) {
	if len(payload) > maxPayload {
		return envelope{}, fmt.Errorf("event: has %d bytes, the limit is %d", len(payload), maxPayload)
	}
	m, err := split(payload)
	if err != nil {
		return envelope{}, err
	}
	var e envelope
	for _, err := range []error{
		m.text("source", &e.source),
		m.text("detail-type", &e.detailType),
		e.foreign(),
		m.text("id", &e.id),
		m.text("time", &e.time),
		m.object("detail", &e.detail),
	} {
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

func (e *envelope) foreign() error {
	if e.kind() != shutdown.KindUnknown {
		return nil
	}
	return fmt.Errorf("source, detail-type: %s with %s is no event for zenstop; accepted are zenstop and zenstop.schedule with %q, and aws.cloudwatch with %q",
		quote(e.source), quote(e.detailType), requestType, alarmType)
}

// members are those of a JSON object; one that stands there twice is empty.
type members map[string]jsontext.Value

// split cuts a payload into its members.
func split(payload []byte) (members, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(payload), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return nil, fmt.Errorf("event: is %s, must be an EventBridge event, a JSON object", found(kind))
	}
	m := members{}
	if err := m.fill(dec); err != nil {
		return nil, errors.New("event: is not valid JSON, or is nested too deeply")
	}
	return m, nil
}

// fill reads one object, which must be all there is.
func (m members) fill(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		var name string
		if err := json.UnmarshalDecode(dec, &name); err != nil {
			return err
		}
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if _, twice := m[name]; twice {
			value = nil
		}
		m[name] = value.Clone()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// text reads a member that must be a string with something in it.
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

// get returns the member of this name and kind.
func (m members) get(name string, kind jsontext.Kind, must string) (jsontext.Value, error) {
	value, ok := m[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: is missing; an event has source, detail-type, id, time and detail", name)
	case len(value) == 0:
		return nil, fmt.Errorf("%s: stands there twice", name)
	case value.Kind() != kind:
		return nil, fmt.Errorf("%s: is %s, must be %s", name, found(value.Kind()), must)
	}
	return value, nil
}
