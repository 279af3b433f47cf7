// Package text makes text from outside fit for a log line, a message or a run
// document: printable, on one line, and of limited length.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s as one printable line. A run of white space and characters that
// do not print becomes one space; at the ends it is dropped. Bytes that are not
// UTF-8 become a question mark.
func Line(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), IsBlank), " ")
}

// IsBlank reports whether nobody sees the character: white space, or one that does not
// print.
func IsBlank(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// Cut returns s if it has at most n characters, else its first n-1 characters
// and an ellipsis. N is 1 or more.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// Short returns s as one printable line of at most n characters: see [Line] and [Cut].
func Short(s string, n int) string { return Cut(Line(s), n) }

// Brief returns s as one printable line of at most so many characters and, in JSON, so
// many bytes: a character may take six.
func Brief(s string, characters, bytes int) string {
	s = Line(s)
	for {
		short := Cut(s, characters)
		over := Bytes(short) - bytes
		if over <= 0 {
			return short
		}
		characters -= (over + 5) / 6
	}
}

// Bytes is how many bytes a printable text takes in JSON, without its quotes.
func Bytes(s string) int {
	bytes := len(s)
	for _, c := range s {
		switch c {
		case '"', '\\':
			bytes++
		case '<', '>', '&':
			bytes += 5
		}
	}
	return bytes
}

// End returns s, or where it has more than n characters "…" and its last n-1. It is for errors,
// which are wrapped from the outside in and have their cause at the end.
func End(s string, n int) string {
	all := []rune(s)
	if len(all) <= n {
		return s
	}
	return "…" + string(all[len(all)-n+1:])
}
