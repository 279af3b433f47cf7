// Package text makes texts from outside fit for a log line, a message or a
// document: printable, on one line, and bounded.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line replaces every character that does not print by a space, and bytes that
// are not UTF-8 by a question mark.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?"))
}

// Cut shortens s to n characters, 1 or more. The last one is an ellipsis where
// something was cut off.
func Cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end] + "…"
}
