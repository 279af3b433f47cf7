package trigger

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/text"
)

// strict decodes raw into a struct. It objects to a field that is unknown, given twice,
// null or of another type. Names are case-sensitive. At is the path of raw in
// messages, such as detail.
func strict(raw []byte, at string, into any) error {
	if err := findNull(raw, at); err != nil {
		return err
	}
	return decodeError(json.Unmarshal(raw, into, json.RejectUnknownMembers(true)), at)
}

// lenient decodes raw into a struct. It ignores unknown fields.
func lenient(raw []byte, at string, into any) error {
	return decodeError(json.Unmarshal(raw, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), at)
}

// findNull objects to a null anywhere in raw: it would be decoded as if the field
// were missing.
func findNull(raw []byte, at string) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // it is the end, or an error that decoding will explain better
		}
		if tok.Kind() == 'n' {
			return fmt.Errorf("%s: is null; leave the field out instead", path(at, dec.StackPointer()))
		}
	}
}

// decodeError turns an error of the decoder into a message for the author of the event.
func decodeError(err error, at string) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		where := path(at, e.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Errorf("%s: unknown field; the fields are %s", where, fields(e.GoType))
		}
		return fmt.Errorf("%s: is %s, must be %s", where, value(e), expected(e.GoType))
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && errors.Is(err, jsontext.ErrDuplicateName) {
		return fmt.Errorf("%s: is given twice", path(at, e.JSONPointer))
	}
	if err != nil {
		return fmt.Errorf("%s: is not valid JSON in UTF-8", at)
	}
	return nil
}

// value says what was found: the number itself, or the type of anything else.
func value(e *json.SemanticError) string {
	if e.JSONKind == '0' && len(e.JSONValue) > 0 {
		return text.Cut(string(e.JSONValue), maxQuoted)
	}
	return found(e.JSONKind)
}

// found names a kind of JSON value.
func found(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	default:
		return "no JSON value"
	}
}

// expected names the JSON value that a Go type of this package is decoded from.
func expected(t reflect.Type) string {
	switch t = pointee(t); t.Kind() {
	case reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	default:
		return "a string"
	}
}

// pointee returns the type that t points to, or t itself.
func pointee(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// fields lists the names of the fields of t.
func fields(t reflect.Type) string {
	var known []string
	for f := range pointee(t).Fields() {
		known = append(known, f.Tag.Get("json"))
	}
	return strings.Join(known, ", ")
}
