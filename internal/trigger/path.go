package trigger

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/text"
)

const (
	maxQuoted = 40  // characters of a bad value that a message shows
	maxPath   = 160 // bytes of a path in a message; the rest becomes an ellipsis
)

// path appends a JSON pointer to at: /target/tags/0 becomes detail.target.tags[0].
func path(at string, p jsontext.Pointer) string {
	for tok := range p.Tokens() {
		if len(at) > maxPath {
			return at + "…"
		}
		at += element(tok)
	}
	return at
}

// element writes one token of a JSON pointer: a field as .name, an index as [0], and
// a name with other characters as ["na me"].
func element(tok string) string {
	switch {
	case text.MadeOf(tok, text.Digits, 1, 9):
		return "[" + tok + "]"
	case text.MadeOf(tok, text.Names, 1, 40):
		return "." + tok
	default:
		return "[" + quote(tok) + "]"
	}
}

// quote shows the beginning of a bad value, with escapes for what does not print.
func quote(s string) string { return strconv.Quote(text.Cut(s, maxQuoted)) }
