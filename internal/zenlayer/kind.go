package zenlayer

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Kind says what an error means to the caller.
type Kind int

// The kinds of error. "May pass" means that the same call can succeed later
// without anybody doing anything.
const (
	KindNone        Kind = iota // no error
	KindThrottled               // too many requests: may pass
	KindUnavailable             // 5xx, a time-out, no connection, or an answer that is not one of the API's: may pass
	KindCredentials             // the credentials are refused or cannot be read: final
	KindInstance                // an instance of the call cannot be stopped or does not exist: final for that instance
	KindRefused                 // a 4xx with another code, such as INVALID_ZONE_NOT_FOUND: final for the instance or filter value that it is about
	KindRejected                // the request, the permission, the clock or the endpoint is wrong: final
	KindUnknown                 // not an error of this package, its transport or a context
)

const codeTimedOut = "REQUEST_TIMED_OUT"

// codes are the vendor's codes that decide by themselves, whatever the status:
// one code can come with two statuses.
// Source: the vendor's pages of common error codes and of StopInstances.
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
	"OPERATION_FAILED_FOR_RECYCLE_RESOURCE": KindInstance,
	"FAILED_OPERATION_FOR_RECYCLE_RESOURCE": KindInstance, // the older spelling
	"OPERATION_DENIED_INSTANCE_RECYCLED":    KindInstance,
	"OPERATION_DENIED_INSTANCE_NOT_RUNNING": KindInstance,
	"MISSING_PARAMETER":                     KindRejected,
}

// families are the kinds of the codes that are not in codes, by how they begin.
var families = []struct {
	prefix string
	kind   Kind
}{
	{"AUTHFAILURE_", KindCredentials},
	{"OPERATION_DENIED_", KindInstance},
	{"INVALID_PARAMETER", KindRejected},
	{"MISSING_PARAMETER", KindRejected},
}

// kind classifies an answer by its code, then by the code's family, then by its status.
func (e *APIError) kind() Kind {
	if k, ok := codes[e.Code]; ok {
		return k
	}
	for _, f := range families {
		if strings.HasPrefix(e.Code, f.prefix) {
			return f.kind
		}
	}
	if k := kindOfStatus(e.Status); k != KindRejected || e.Status/100 != 4 {
		return k
	}
	if e.Code != "" {
		return KindRefused
	}
	if e.cut || e.Status == http.StatusForbidden {
		return KindUnavailable // the rest of the answer may say something else; a 403 of Zenlayer's has a code, so this one is a proxy's
	}
	return KindRejected
}

// kindOfStatus classifies an answer by its HTTP status alone.
func kindOfStatus(status int) Kind {
	switch status {
	case http.StatusTooManyRequests:
		return KindThrottled
	case http.StatusUnauthorized:
		return KindCredentials
	case http.StatusRequestTimeout:
		return KindUnavailable
	}
	if status >= 500 || status/100 == 2 { // a success that could be read is no error
		return KindUnavailable
	}
	return KindRejected
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

// BlamesInstance reports whether Zenlayer refused a call for something in it: an
// instance, or a parameter such as a malformed id. No answer says which id it
// means, so the caller halves the ids until the culprit is alone.
func BlamesInstance(err error) bool {
	k := KindOf(err)
	return k == KindInstance || k == KindRefused || IsParameterRefused(err)
}

// IsParameterRefused reports whether Zenlayer found a parameter wrong, such as
// a malformed instance id.
func IsParameterRefused(err error) bool {
	code := Code(err)
	return strings.HasPrefix(code, "INVALID_PARAMETER") || strings.HasPrefix(code, "MISSING_PARAMETER")
}

// MayHaveLanded reports whether the call may have taken effect although no answer
// confirms it: it was sent, and then came a time-out, a broken connection, a 5xx
// or a success without content. A 4xx means that it had no effect, except where
// Zenlayer itself reports that it ran out of time.
func MayHaveLanded(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.kind() == KindUnavailable && (e.Status/100 != 4 || e.Code == codeTimedOut)
	}
	e, ok := errors.AsType[*callError](err)
	return ok && e.landed
}
