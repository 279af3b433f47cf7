package zenlayer

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

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

// codes are the vendor's codes that decide by themselves, whatever the status.
// Source: the pages of common error codes and of StopInstances.
var codes = map[string]Kind{
	"REQUEST_LIMIT_EXCEEDED":                KindThrottled,
	"INTERNAL_SERVER_ERROR":                 KindUnavailable,
	"SERVICE_TEMPORARY_UNAVAILABLE":         KindUnavailable,
	codeTimedOut:                            KindUnavailable,
	"AUTHFAILURE_INVALID_AUTHORIZATION":     KindCredentials,
	"AUTHFAILURE_SIGNATURE_FAILURE":         KindCredentials,
	"AUTHFAILURE_SIGNATURE_EXPIRED":         KindRejected,
	"AUTHFAILURE_UNAUTHORIZED_OPERATION":    KindRejected,
	"INVALID_INSTANCE_NOT_FOUND":            KindInstance,
	"OPERATION_FAILED_RESOURCE_NOT_FOUND":   KindInstance,
	"OPERATION_DENIED_INSTANCE_RECYCLED":    KindInstance,
	"OPERATION_DENIED_INSTANCE_NOT_RUNNING": KindInstance,
	"MISSING_PARAMETER":                     KindRejected,
}

const codeTimedOut = "REQUEST_TIMED_OUT"

// kind classifies an answer: by its code, then by the code's family, then by its status.
func (e *APIError) kind() Kind {
	if k, ok := codes[e.Code]; ok {
		return k
	}
	switch {
	case strings.HasPrefix(e.Code, "OPERATION_DENIED_"):
		return KindInstance
	case aboutParameter(e.Code):
		return KindRejected
	case e.cut && e.Status/100 == 4 && kindOfStatus(e.Status) == KindRejected:
		return KindUnavailable
	case e.Code == "" && e.Status == http.StatusForbidden: // of a proxy: the vendor's have a code
		return KindUnavailable
	default:
		return kindOfStatus(e.Status)
	}
}

func kindOfStatus(status int) Kind {
	switch {
	case status == http.StatusTooManyRequests:
		return KindThrottled
	case status == http.StatusUnauthorized:
		return KindCredentials
	case status >= 500, status == http.StatusRequestTimeout, status/100 == 2:
		return KindUnavailable
	default:
		return KindRejected
	}
}

func aboutParameter(code string) bool {
	return strings.HasPrefix(code, "INVALID_PARAMETER") || strings.HasPrefix(code, "MISSING_PARAMETER")
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
	return ok && aboutParameter(e.Code)
}

// MayHaveLanded reports whether the call may have taken effect though no answer
// says so: it was sent, and then came a time-out, a broken connection, a 5xx or
// a success without content. A 4xx is an answer, except where Zenlayer itself
// says that it ran out of time.
func MayHaveLanded(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.kind() == KindUnavailable && (e.Status/100 != 4 || e.Code == codeTimedOut)
	}
	e, ok := errors.AsType[*callError](err)
	return ok && e.landed
}
