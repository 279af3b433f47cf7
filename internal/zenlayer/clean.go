package zenlayer

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage  = 300 // bytes
	shortestKey = 8   // an access key id under this length is a word, not a value to hide
)

// clean makes a text from outside fit for a log line: printable, on one line,
// bounded, and without the credentials, should it echo them.
func clean(s string, c Credentials) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(c.hide(s), "?"))
	return cut(strings.Join(strings.Fields(s), " "), maxMessage)
}

// cut shortens s to n bytes of whole characters, and shows that it did.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// hide replaces each value of c in s, also as Go's errors quote it. A value that
// holds another one goes first, so that nothing is left of it.
func (c Credentials) hide(s string) string {
	values := []string{string(c.AccessKeyPassword), string(c.Token)}
	if len(c.AccessKeyID) >= shortestKey {
		values = append(values, c.AccessKeyID)
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		if v == "" {
			continue
		}
		quoted := strconv.Quote(v)
		s = strings.ReplaceAll(s, v, hidden)
		s = strings.ReplaceAll(s, quoted[1:len(quoted)-1], hidden)
	}
	return s
}
