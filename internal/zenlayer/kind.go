package zenlayer

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"zenstop/internal/text"
)

// Kind says what an error means to the caller.
type Kind int

// The kinds of error. "May pass" means that the same call can succeed later
// without anybody doing anything.
const (
	KindNone        Kind = iota // no error
	KindThrottled               // too many requests: may pass
	KindUnavailable             // no connection, TLS, a time-out, 5xx, or anything that is no answer of the API itself: may pass
	KindCredentials             // Zenlayer rejects the credentials, or they cannot be read: final
	KindTarget                  // an instance or a filter value that the call names is wrong, also for each 4xx with a code that no list has: final for that one
	KindRejected                // Zenlayer, or this client, finds the request, the permission or the clock wrong: final
	KindUnknown                 // not an error of this package, its transport or a context
)

// codes are the vendor's codes that decide by themselves, whatever the status:
// one code can come with two statuses.
// Source: the vendor's pages of common error codes and of the actions.
var codes = map[string]Kind{
	"REQUEST_LIMIT_EXCEEDED":                KindThrottled,
	"INTERNAL_SERVER_ERROR":                 KindUnavailable,
	"SERVICE_TEMPORARY_UNAVAILABLE":         KindUnavailable,
	"REQUEST_TIMED_OUT":                     KindUnavailable,
	"AUTHFAILURE_INVALID_AUTHORIZATION":     KindCredentials,
	"AUTHFAILURE_SIGNATURE_FAILURE":         KindCredentials,
	"AUTHFAILURE_SIGNATURE_EXPIRED":         KindRejected,
	"AUTHFAILURE_UNAUTHORIZED_OPERATION":    KindRejected,
	"INVALID_INSTANCE_NOT_FOUND":            KindTarget,
	"OPERATION_FAILED_RESOURCE_NOT_FOUND":   KindTarget,
	"OPERATION_FAILED_FOR_RECYCLE_RESOURCE": KindTarget,
	"FAILED_OPERATION_FOR_RECYCLE_RESOURCE": KindTarget, // the older spelling
	"OPERATION_DENIED_INSTANCE_RECYCLED":    KindTarget,
	"OPERATION_DENIED_INSTANCE_NOT_RUNNING": KindTarget,
	"OPERATION_DENIED_INSTANCE_NOT_STOPPED": KindTarget,
	"INVALID_ZONE_NOT_FOUND":                KindTarget,
	"INVALID_INSTANCE_TYPE_NOT_FOUND":       KindTarget,
	"INVALID_IMAGE_NOT_FOUND":               KindTarget,
	"ZONE_NOT_FOUND":                        KindTarget, // these three are in the reference of 2023 without INVALID_
	"INSTANCE_TYPE_NOT_FOUND":               KindTarget,
	"IMAGE_NOT_FOUND":                       KindTarget,
	"MISSING_PARAMETER":                     KindRejected,
	"INVALID_PARAMETER_TYPE":                KindRejected,
	"INVALID_PARAMETER_EXCEED_MAXIMUM":      KindRejected,
	"INVALID_PARAMETER_LESS_MINIMUM":        KindRejected,
	"INVALID_PARAMETER_EXCEED_LENGTH":       KindRejected,
	"INVALID_PARAMETER_LESS_LENGTH":         KindRejected,
	"INVALID_PARAMETER_PATTERN_ERROR":       KindRejected,
	"INVALID_PARAMETER_DATE_FORMAT_ERROR":   KindRejected,
	"INVALID_PARAMETER_VALUE":               KindRejected,
}

// families are the kinds of the codes that are not in codes, by how they begin.
var families = []struct {
	prefix string
	kind   Kind
}{
	{"AUTHFAILURE_", KindCredentials},
	{"OPERATION_DENIED_", KindTarget},
	{"INVALID_PARAMETER", KindRejected},
	{"MISSING_PARAMETER", KindRejected},
}

// kind classifies an answer by its code, then by the code's family, then by its status.
// An answer without a code is none of the API itself. It says nothing about the request,
// and may pass: a proxy shows a page of any status during a deploy, say.
func (e *APIError) kind() Kind {
	if k, ok := codes[e.Code]; ok {
		return k
	}
	for _, f := range families {
		if strings.HasPrefix(e.Code, f.prefix) {
			return f.kind
		}
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		return KindThrottled
	case e.Code == "" || e.Status/100 != 4 || e.Status == http.StatusRequestTimeout:
		return KindUnavailable
	case e.Status == http.StatusUnauthorized:
		return KindCredentials
	}
	return KindTarget
}

// KindOf classifies err, wrapped or not. A context that ended is KindUnavailable.
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

// Code returns the vendor's error code in err, such as
// OPERATION_DENIED_INSTANCE_RECYCLED, or "" where err is not an answer with a code.
func Code(err error) string {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Code
	}
	return ""
}

// BlamesInstance reports whether Zenlayer rejected a call for something in it: an
// instance, or a parameter such as a malformed id. No answer says which id it
// means, so the caller halves the ids until the culprit is alone.
func BlamesInstance(err error) bool {
	return KindOf(err) == KindTarget || IsParameterRejected(err)
}

// IsParameterRejected reports whether Zenlayer found a parameter wrong, such as
// a malformed instance id.
func IsParameterRejected(err error) bool {
	code := Code(err)
	return strings.HasPrefix(code, "INVALID_PARAMETER") || strings.HasPrefix(code, "MISSING_PARAMETER")
}

// MayHaveLanded reports whether the call may have taken effect although no answer
// confirms it: it was sent, and then came a time-out, a broken connection, or an answer
// of [KindUnavailable]. Another answer of the API means that it had no effect.
func MayHaveLanded(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.kind() == KindUnavailable
	}
	e, ok := errors.AsType[*callError](err)
	return ok && e.landed
}

// Reason is the vendor's code of an error, or else the error itself, shortened; empty
// without an error.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	if c := Code(err); c != "" {
		return text.Cut(c, 80)
	}
	return text.Short(err.Error(), 80)
}
