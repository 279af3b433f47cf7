package trigger

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/text"
)

// strict decodes raw and refuses what is unknown, repeated, null or of another
// type. Names are case-sensitive. Messages name the place from at on.
func strict(raw []byte, at string, into any) error {
	if err := refuseNull(raw, at); err != nil {
		return err
	}
	return explain(json.Unmarshal(raw, into, json.RejectUnknownMembers(true)), at)
}

// lenient decodes raw and ignores what it does not know.
func lenient(raw []byte, at string, into any) error {
	return explain(json.Unmarshal(raw, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), at)
}

// refuseNull finds a null, which would decode as if the field were not there.
func refuseNull(raw []byte, at string) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // the end, or a fault that decoding tells better
		}
		if tok.Kind() == 'n' {
			return fmt.Errorf("%s: is null; leave the field out instead", path(at, dec.StackPointer()))
		}
	}
}

// explain turns an error of the decoder into one for the event's author.
func explain(err error, at string) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		where := path(at, e.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Errorf("%s: unknown field%s", where, suggestion(e.JSONPointer.LastToken(), e.GoType))
		}
		return fmt.Errorf("%s: is %s, must be %s", where, value(e), expected(e.GoType))
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && errors.Is(err, jsontext.ErrDuplicateName) {
		return fmt.Errorf("%s: stands there twice", path(at, e.JSONPointer))
	}
	if err != nil {
		return fmt.Errorf("%s: is not valid JSON in UTF-8", at)
	}
	return nil
}

// value says what was found: a number as it stands, of others the type.
func value(e *json.SemanticError) string {
	if e.JSONKind == '0' && len(e.JSONValue) > 0 {
		return cut(string(e.JSONValue), maxQuoted)
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

// expected names the JSON value that fits a Go type of this package's wire types.
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

func pointee(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// suggestion lists the fields that there are, the one first that was likely meant.
func suggestion(name string, t reflect.Type) string {
	var known []string
	for f := range pointee(t).Fields() {
		known = append(known, f.Tag.Get("json"))
	}
	meant := ""
	if closest := text.Closest(name, known); closest != "" {
		meant = fmt.Sprintf("; did you mean %q?", closest)
	}
	return meant + " (known: " + strings.Join(known, ", ") + ")"
}

var (
	index = regexp.MustCompile(`^[0-9]{1,9}$`)
	plain = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
)

// path writes a JSON pointer below at: /target/tags/0 becomes detail.target.tags[0].
func path(at string, p jsontext.Pointer) string {
	var b strings.Builder
	b.WriteString(at)
	for tok := range p.Tokens() {
		switch {
		case b.Len() > maxPath:
			return b.String() + "…"
		case index.MatchString(tok):
			fmt.Fprintf(&b, "[%s]", tok)
		case plain.MatchString(tok):
			b.WriteString("." + tok)
		default:
			fmt.Fprintf(&b, "[%s]", quote(tok))
		}
	}
	return b.String()
}
