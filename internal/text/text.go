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
