package asl

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// document is a JSON text, which is decoded once, when an expression first looks at it.
type document struct {
	text  jsontext.Value
	value any // nil: not decoded yet
}

func (d *document) decoded() (_ any, err error) {
	if d.value == nil {
		d.value, err = decode(d.text)
	}
	return d.value, err
}

func decode(raw jsontext.Value) (any, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	return v, nil
}

// encode writes the members of an object in the order of their names, so that a
// run of the same seed has the same bytes.
func encode(v any) (jsontext.Value, error) {
	return json.Marshal(v, json.Deterministic(true))
}

// text decodes a JSON string.
func text(raw jsontext.Value) (string, bool) {
	if raw.Kind() != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}
