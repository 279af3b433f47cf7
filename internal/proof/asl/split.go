package asl

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

var errMalformed = errors.New("malformed JSON object")

// split finds the members of an object without decoding them. It counts brackets
// only, because each step of a run passes here: what it returns is checked when it
// is decoded.
func split(raw jsontext.Value) (map[string]jsontext.Value, error) {
	members := make(map[string]jsontext.Value, 24)
	s := splitter{raw, 0}
	if s.next() != '{' {
		return nil, errMalformed
	}
	for s.at++; s.next() != '}'; s.skipComma() {
		name := s.value()
		key, ok := text(name)
		if !ok || s.next() != ':' {
			return nil, errMalformed
		}
		s.at++
		s.next()
		value := s.value()
		if len(value) == 0 {
			return nil, errMalformed
		}
		members[key] = value
	}
	s.at++
	if s.next() != 0 {
		return nil, errMalformed
	}
	return members, nil
}

// splitter is a place in a JSON text.
type splitter struct {
	raw jsontext.Value
	at  int
}

// next passes white space and returns the byte after it; 0 at the end.
func (s *splitter) next() byte {
	for ; s.at < len(s.raw); s.at++ {
		switch s.raw[s.at] {
		case ' ', '\t', '\r', '\n':
		default:
			return s.raw[s.at]
		}
	}
	return 0
}

func (s *splitter) skipComma() {
	if s.next() == ',' {
		s.at++
	}
}

// value passes one value and returns it; empty where there is none.
func (s *splitter) value() jsontext.Value {
	start, depth := s.at, 0
	for s.at < len(s.raw) {
		switch s.raw[s.at] {
		case '"':
			s.skipString()
			if depth == 0 {
				return s.raw[start:s.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.raw[start:s.at]
			}
			if depth--; depth == 0 {
				s.at++
				return s.raw[start:s.at]
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return s.raw[start:s.at]
			}
		}
		s.at++
	}
	return nil
}

// skipString passes a string, which begins here.
func (s *splitter) skipString() {
	s.at++
	for s.at < len(s.raw) {
		n := bytes.IndexAny(s.raw[s.at:], `"\\`)
		if n < 0 {
			s.at = len(s.raw)
			return
		}
		s.at += n + 1
		if s.raw[s.at-1] == '"' {
			return
		}
		s.at = min(s.at+1, len(s.raw)) // what the backslash escapes
	}
}
