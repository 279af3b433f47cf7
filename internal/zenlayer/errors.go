package zenlayer

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// APIError is an answer of Zenlayer, or of what stands in front of it, that is
// not a success.
type APIError struct {
	Action     string        // StopInstances or DescribeInstances
	Status     int           // HTTP status
	Code       string        // UPPER_SNAKE, whichever spelling came; empty when the answer is not the vendor's JSON
	Message    string        // one line, about 300 bytes at most, without credentials; may change at any time
	RequestID  string        // what the vendor's support asks for; may be empty
	RetryAfter time.Duration // what the answer asks to wait, at most a week; 0 when it does not

	cut bool // the answer breaks off
}

// Error gives the facts in one line.
func (e *APIError) Error() string {
	parts := []string{fmt.Sprintf("zenlayer %s: HTTP %d", e.Action, e.Status), e.Code, e.Message}
	if e.RequestID != "" {
		parts = append(parts, "request "+cut(e.RequestID, maxRequestID))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

const maxRequestID = 100 // bytes shown

// callError is a call that got no answer, or was not sent.
type callError struct {
	kind   Kind
	landed bool // it was sent, so it may have taken effect
	text   string
	err    error // may be nil; its own text may be long, and quote what came over the wire
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// rejected is a call that is not sent, since it would be wrong.
func rejected(format string, args ...any) error {
	return &callError{kind: KindRejected, text: "zenlayer: " + fmt.Sprintf(format, args...)}
}
