package trigger

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxQuoted = 40  // characters of a bad value that a message shows
	maxPath   = 160 // bytes of a path in a message
)

// tidy makes a text of the event's fit for the run document: one printable line
// of at most n characters.
func tidy(s string, n int) string {
	return cut(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?")), n)
}

// cut bounds s to n characters, the last of which is then an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	at := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at] + "…"
}

// quote shows the beginning of a bad value, with what does not print escaped.
func quote(s string) string { return strconv.Quote(cut(s, maxQuoted)) }
