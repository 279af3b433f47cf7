package trigger

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// members maps each key of a JSON object to its raw value. A key that is given
// twice maps to nil, and that is reported when the key is read.
type members map[string]jsontext.Value

// readMembers reads a payload that must be one JSON object.
func readMembers(payload []byte) (members, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(payload), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return nil, fmt.Errorf("event: is %s, must be an EventBridge event, a JSON object", found(kind))
	}
	m := members{}
	if err := m.read(dec); err != nil {
		return nil, errors.New("event: is not valid JSON, or is nested too deeply")
	}
	return m, nil
}

// read reads one object, after which nothing may follow.
func (m members) read(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		if err := m.readOne(dec); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// readOne reads one key and its value.
func (m members) readOne(dec *jsontext.Decoder) error {
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
	return nil
}
