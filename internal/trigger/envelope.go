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
	members, err := members(payload)
	if err != nil {
		return envelope{}, err
	}
	var e envelope
	var errs []error
	for _, field := range []struct {
		name string
		into *string
	}{{"source", &e.source}, {"detail-type", &e.detailType}, {"id", &e.id}, {"time", &e.time}} {
		errs = append(errs, text(members, field.name, field.into))
	}
	errs = append(errs, object(members, "detail", &e.detail))
	for i, err := range errs {
		if i == 2 && e.kind() == shutdown.KindUnknown && errors.Join(errs[:2]...) == nil {
			return e, e.foreign()
		}
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

func (e envelope) foreign() error {
	return fmt.Errorf("source, detail-type: %s with %s is no event for zenstop; accepted are zenstop and zenstop.schedule with %q, and aws.cloudwatch with %q",
		quote(e.source), quote(e.detailType), requestType, alarmType)
}

// members cuts a JSON object into its members; of one that stands there twice
// it keeps neither.
func members(payload []byte) (map[string]jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(payload), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return nil, fmt.Errorf("event: is %s, must be an EventBridge event, a JSON object", found(kind))
	}
	found, broken := map[string]jsontext.Value{}, errors.New("event: is not valid JSON, or is nested too deeply")
	if _, err := dec.ReadToken(); err != nil {
		return nil, broken
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, broken
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, broken
		}
		if _, twice := found[key]; twice {
			found[key] = jsontext.Value{}
			continue
		}
		found[key] = value.Clone()
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, broken
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, broken
	}
	return found, nil
}

// text reads a member that must be a string with something in it.
func text(members map[string]jsontext.Value, name string, into *string) error {
	value, err := member(members, name, '"', "a string")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(value, into, jsontext.AllowInvalidUTF8(true)); err != nil || *into == "" {
		return fmt.Errorf("%s: must not be empty", name)
	}
	return nil
}

func object(members map[string]jsontext.Value, name string, into *jsontext.Value) (err error) {
	*into, err = member(members, name, '{', "an object")
	return err
}

// member returns the member of this name and kind.
func member(members map[string]jsontext.Value, name string, kind jsontext.Kind, must string) (jsontext.Value, error) {
	value, ok := members[name]
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
