package zenlayer

import (
	"slices"
	"strconv"
	"strings"

	"zenstop/internal/text"
)

const (
	maxMessage  = 300 // characters
	shortestKey = 8   // characters; a shorter access key id may be an ordinary word, which hiding would garble
)

// clean makes text from outside fit for an error: one printable line of at most
// maxMessage characters, without the credentials, which it may echo.
func clean(s string, c Credentials) string {
	return text.Short(c.hide(s), maxMessage)
}

// hide replaces each value of c in s, also in the form in which Go's errors quote
// it. The longest goes first: where one value holds another, nothing of it is left.
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
