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
	RetryAfter time.Duration // how long the answer asks to wait, at most a week; 0 where it does not ask

	broken bool // the connection ended within the answer
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
	landed bool // it was sent, so it may have taken effect
	text   string
	err    error // may be nil; its own text may be long, and quote what came over the network
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// rejected is the error of a call that the client does not send, because it is wrong.
func rejected(format string, args ...any) error {
	return &callError{kind: KindRejected, text: "zenlayer: " + fmt.Sprintf(format, args...)}
}
