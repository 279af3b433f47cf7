package sim

import (
	"net/http"
	"strings"
)

// Codes that the server answers with: the vendor's common error codes and those
// of its StopInstances page.
const (
	CodeInvalidAuthorization  = "AUTHFAILURE_INVALID_AUTHORIZATION"
	CodeSignatureFailure      = "AUTHFAILURE_SIGNATURE_FAILURE"
	CodeSignatureExpired      = "AUTHFAILURE_SIGNATURE_EXPIRED"
	CodeUnauthorizedOperation = "AUTHFAILURE_UNAUTHORIZED_OPERATION"
	CodeMissingParameter      = "MISSING_PARAMETER"
	CodeParameterType         = "INVALID_PARAMETER_TYPE"
	CodeParameterMaximum      = "INVALID_PARAMETER_EXCEED_MAXIMUM"
	CodeParameterMinimum      = "INVALID_PARAMETER_LESS_MINIMUM"
	CodeParameterLength       = "INVALID_PARAMETER_EXCEED_LENGTH"
	CodeParameterPattern      = "INVALID_PARAMETER_PATTERN_ERROR"
	CodeParameterValue        = "INVALID_PARAMETER_VALUE"
	CodeInstanceNotFound      = "INVALID_INSTANCE_NOT_FOUND"
	CodeInstanceRecycled      = "OPERATION_DENIED_INSTANCE_RECYCLED"
	CodeInstanceNotRunning    = "OPERATION_DENIED_INSTANCE_NOT_RUNNING"
	CodeRequestLimit          = "REQUEST_LIMIT_EXCEEDED"
	CodeInternalError         = "INTERNAL_SERVER_ERROR"
	CodeUnavailable           = "SERVICE_TEMPORARY_UNAVAILABLE"
	CodeTimedOut              = "REQUEST_TIMED_OUT"
)

// refusal is a failure as the vendor answers it.
type refusal struct {
	status        int
	code, message string
}

func refuse(code, message string) *refusal {
	return &refusal{statusOf(code), code, message}
}

// statusOf is the HTTP status that goes with a code. The vendor gives those of
// the instance codes; the others are a choice of this simulator.
func statusOf(code string) int {
	has := func(prefix string) bool { return strings.HasPrefix(code, prefix) }
	switch {
	case strings.HasSuffix(code, "_NOT_FOUND"):
		return http.StatusNotFound
	case code == CodeUnauthorizedOperation, has("OPERATION_"):
		return http.StatusForbidden
	case has("AUTHFAILURE_"):
		return http.StatusUnauthorized
	case code == CodeRequestLimit:
		return http.StatusTooManyRequests
	case code == CodeUnavailable:
		return http.StatusServiceUnavailable
	case code == CodeInternalError:
		return http.StatusInternalServerError
	case code == CodeTimedOut:
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadRequest
	}
}
