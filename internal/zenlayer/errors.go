package zenlayer

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// APIError is an answer of Zenlayer, or of a proxy in front of it, that is not a
// success.
type APIError struct {
	Action     string        // StopInstances or DescribeInstances
	Status     int           // HTTP status
	Code       string        // in the spelling UPPER_SNAKE; "" where the answer is none of the API itself
	Message    string        // one line without credentials, for people: it may change at any time
	RequestID  string        // what the vendor's support asks for; may be ""
	RetryAfter time.Duration // how long the answer asked to wait when it came, at most 15 minutes; 0 where it did not ask: see the function RetryAfter

	broken bool   // the connection ended within the answer
	until  moment // when the wait that it asks for is over
}

// Error gives what is known of the answer in one line.
func (e *APIError) Error() string {
	parts := []string{fmt.Sprintf("zenlayer %s: HTTP %d", e.Action, e.Status), e.Code, e.Message}
	if e.RequestID != "" {
		parts = append(parts, "request "+e.RequestID)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// callError is a call that was not sent, or that got no answer.
type callError struct {
	kind   Kind
	landed bool   // it was sent, so it may have taken effect
	held   bool   // the client kept it back, and would do so again before the deadline
	until  moment // when it may be sent; zero where nothing but the pace held it
	text   string
	err    error // may be nil; its own text may be long, and quote what came over the network
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// rejected is the error of a call that the client does not send, because it is wrong.
func rejected(format string, args ...any) error {
	return &callError{kind: KindRejected, text: "zenlayer: " + fmt.Sprintf(format, args...)}
}
