package zenlayer

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner walks through JSON without a Go type for it, since a value of another type
// must spoil nothing but itself. After an error it reads nothing more.
type scanner struct {
	dec *jsontext.Decoder
	err error
}

func scan(raw []byte) *scanner {
	return &scanner{dec: jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))}
}

// kind is that of the next value: its first character, with 0 for every number.
func (s *scanner) kind() jsontext.Kind { return s.dec.PeekKind() }

// value reads the next value. It holds until the next read.
func (s *scanner) value() jsontext.Value {
	v, err := s.dec.ReadValue()
	s.note(err)
	return v
}

func (s *scanner) skip() { s.note(s.dec.SkipValue()) }

func (s *scanner) token() {
	_, err := s.dec.ReadToken()
	s.note(err)
}

func (s *scanner) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

// object reads an object. Member reads the value of each member. Its name is "" where
// zenstop has no use for it.
func (s *scanner) object(member func(name string)) {
	s.token()
	for s.err == nil && s.kind() != '}' {
		member(nameOf(s.value()))
	}
	s.token()
}

// list reads a list. Element reads each of its elements.
func (s *scanner) list(element func()) {
	s.token()
	for s.err == nil && s.kind() != ']' {
		element()
	}
	s.token()
}

// field is what is known of a member that must be a text.
type field struct {
	text  string
	wrong string // why it cannot be read; "" where it can, and where it is missing or null
	seen  bool
}

// read reads the value of the member, which is the second one if the field was seen before.
func (f *field) read(s *scanner) {
	now := field{seen: true, wrong: notText[s.kind()]}
	if v := s.value(); v.Kind() == '"' {
		now.text = unquoted(v)
	}
	if f.seen && now != *f {
		now = field{seen: true, wrong: "is there twice"}
	}
	*f = now
}

// notText says what a value is that is no text. Null stands for a missing one.
var notText = map[jsontext.Kind]string{
	'0': "is a number", 't': "is true or false", 'f': "is true or false", '{': "is an object", '[': "is a list",
}

// unquoted is the text of a JSON string; bytes that are not UTF-8 become U+FFFD.
func unquoted(v jsontext.Value) string {
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	return plain(v)
}

// nameOf is the name of a member that zenstop uses, else "". A constant takes no memory.
func nameOf(quoted jsontext.Value) string {
	switch string(quoted) {
	case `"instanceId"`:
		return "instanceId"
	case `"instanceName"`:
		return "instanceName"
	case `"hostname"`:
		return "hostname"
	case `"instanceStatus"`:
		return "instanceStatus"
	case `"zoneId"`:
		return "zoneId"
	case `"resourceGroupId"`:
		return "resourceGroupId"
	case `"tags"`:
		return "tags"
	case `"key"`:
		return "key"
	case `"value"`:
		return "value"
	case `"totalCount"`:
		return "totalCount"
	case `"dataSet"`:
		return "dataSet"
	}
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return plain(quoted)
	}
	if bytes.EqualFold(quoted, []byte(`"tags"`)) {
		return otherTags
	}
	return ""
}

// otherTags stands for the name of the tags in another case. They may protect too.
const otherTags = "Tags"
