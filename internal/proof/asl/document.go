package asl

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// document is JSON that is decoded only as far as the expressions ask: a run
// document is up to 256 KiB, and most conditions look at two of its fields.
type document struct {
	raw     jsontext.Value
	index   map[string]jsontext.Value // the members of an object; nil: not looked for yet
	members map[string]any            // the decoded ones
	all     any                       // the whole; nil: not decoded yet
}

func newDocument(raw jsontext.Value) *document { return &document{raw: raw} }

// newPayload is the result of a function that returned this.
func newPayload(returned jsontext.Value) *document {
	return &document{index: map[string]jsontext.Value{"Payload": returned}}
}

// text is the document's JSON.
func (d *document) text() jsontext.Value {
	if d.raw == nil {
		d.raw = slices.Concat(jsontext.Value(`{"Payload":`), d.index["Payload"], jsontext.Value(`}`))
	}
	return d.raw
}

// whole returns the decoded document.
func (d *document) whole() (_ any, err error) {
	if d.all == nil {
		d.all, err = decode(d.text())
	}
	return d.all, err
}

// part returns an object that has at least the members of these names, as far as
// the document has them; the whole of a document that is no object.
func (d *document) part(names []string) (any, error) {
	if d.all != nil || d.raw != nil && d.raw.Kind() != '{' {
		return d.whole()
	}
	if d.index == nil {
		var err error
		if d.index, err = split(d.raw); err != nil {
			return nil, err
		}
	}
	if d.members == nil {
		d.members = make(map[string]any, len(names))
	}
	for _, name := range names {
		raw, there := d.index[name]
		if _, done := d.members[name]; done || !there {
			continue
		}
		value, err := decode(raw)
		if err != nil {
			return nil, err
		}
		d.members[name] = value
	}
	return d.members, nil
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
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}
