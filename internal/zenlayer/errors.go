package zenlayer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
)

// APIError is an answer of Zenlayer that is not a success.
type APIError struct {
	Action     string        // StopInstances or DescribeInstances
	Status     int           // HTTP status
	Code       string        // UPPER_SNAKE, whichever spelling came; empty when the answer is not the vendor's JSON
	Message    string        // one line, at most 300 characters, without credentials
	RequestID  string        // what the vendor's support asks for; may be empty
	RetryAfter time.Duration // 0 when none came

	challenge bool // the answer comes from a proxy in front of the API
	cut       bool // the JSON of the answer breaks off
}

// Error gives the facts in one line.
func (e *APIError) Error() string {
	parts := []string{fmt.Sprintf("zenlayer %s: HTTP %d", e.Action, e.Status), e.Code, e.Message}
	if e.RequestID != "" {
		parts = append(parts, "request "+e.RequestID)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// Kind says what an error means to the caller.
type Kind int

// The kinds of error.
const (
	KindNone        Kind = iota // no error
	KindThrottled               // too many requests: back off
	KindUnavailable             // may pass: 5xx, time-outs, no connection, an answer that is none
	KindCredentials             // refused, or not to be had: final
	KindInstance                // an instance of the call cannot be stopped, or does not exist
	KindRejected                // our request, permission, clock or endpoint is wrong: final
	KindUnknown                 // not an error of this package or its transport
)

// codes are the vendor's codes that decide by themselves.
// Source: the pages of common error codes and of StopInstances.
var codes = map[string]Kind{
	"REQUEST_LIMIT_EXCEEDED":              KindThrottled,
	"INTERNAL_SERVER_ERROR":               KindUnavailable,
	"SERVICE_TEMPORARY_UNAVAILABLE":       KindUnavailable,
	"REQUEST_TIMED_OUT":                   KindUnavailable,
	"AUTHFAILURE_INVALID_AUTHORIZATION":   KindCredentials,
	"AUTHFAILURE_SIGNATURE_FAILURE":       KindCredentials,
	"AUTHFAILURE_SIGNATURE_EXPIRED":       KindRejected,
	"AUTHFAILURE_UNAUTHORIZED_OPERATION":  KindRejected,
	"INVALID_INSTANCE_NOT_FOUND":          KindInstance,
	"OPERATION_FAILED_RESOURCE_NOT_FOUND": KindInstance,
}

// kind classifies an answer: by its code, and by its status where the code is unknown.
func (e *APIError) kind() Kind {
	if k, ok := codes[e.Code]; ok {
		return k
	}
	switch {
	case strings.HasPrefix(e.Code, "OPERATION_DENIED_"):
		return KindInstance
	case e.Status == http.StatusTooManyRequests:
		return KindThrottled
	case e.Status == http.StatusUnauthorized:
		return KindCredentials
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout || e.Status == http.StatusOK || e.challenge || e.cut:
		return KindUnavailable
	default:
		return KindRejected
	}
}

// KindOf classifies err, wrapped or not.
func KindOf(err error) Kind {
	if err == nil {
		return KindNone
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.kind()
	}
	if _, ok := errors.AsType[*CredentialsError](err); ok {
		return KindCredentials
	}
	if e, ok := errors.AsType[*callError](err); ok {
		return e.kind
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return KindUnavailable
	}
	return KindUnknown
}

// IsParameterRefused reports whether Zenlayer found a parameter wrong, such as
// a malformed instance id.
func IsParameterRefused(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && (strings.HasPrefix(e.Code, "INVALID_PARAMETER") || e.Code == "MISSING_PARAMETER")
}

// MayHaveLanded reports whether the call may have taken effect though no answer
// says so: it was sent, and then came a time-out, a broken connection, a 5xx or
// a success without content.
func MayHaveLanded(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.kind() == KindUnavailable && (e.Status >= 500 || e.Status == http.StatusOK || e.Status == http.StatusRequestTimeout)
	}
	e, ok := errors.AsType[*callError](err)
	return ok && e.landed
}

// callError is a call that got no answer.
type callError struct {
	kind   Kind
	landed bool // it was sent, so it may have taken effect
	err    error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// transportError classifies what http.Client.Do returned.
func transportError(err error) error {
	e := &callError{kind: KindUnavailable, landed: true, err: err}
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &callError{kind: KindRejected, err: fmt.Errorf("TLS certificate of the endpoint: %w", cert)}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		e.landed = false
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		e.landed = false
	}
	return e
}

const maxMessage = 300

// clean makes a text of the vendor's fit for a log line: printable, bounded, and
// without the credentials, should the answer echo them.
func clean(s string, c Credentials) string {
	for _, secret := range []string{string(c.AccessKeyPassword), string(c.Token)} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, hidden)
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > maxMessage {
		s = string(runes[:maxMessage]) + "…"
	}
	return s
}
