package sim

import (
	"net/http"
	"strings"
)

// Codes of failures (vendor): those that are common to all actions, and those
// that the pages of the actions list, as far as a test needs
// them. A scenario may use any other code as well.
const (
	CodeInvalidAuthorization  = "AUTHFAILURE_INVALID_AUTHORIZATION"
	CodeSignatureFailure      = "AUTHFAILURE_SIGNATURE_FAILURE"
	CodeSignatureExpired      = "AUTHFAILURE_SIGNATURE_EXPIRED"
	CodeUnauthorizedOperation = "AUTHFAILURE_UNAUTHORIZED_OPERATION" // no permission, or no such action
	CodeMissingParameter      = "MISSING_PARAMETER"
	CodeParameterType         = "INVALID_PARAMETER_TYPE"
	CodeParameterMaximum      = "INVALID_PARAMETER_EXCEED_MAXIMUM"
	CodeParameterMinimum      = "INVALID_PARAMETER_LESS_MINIMUM"
	CodeParameterLength       = "INVALID_PARAMETER_EXCEED_LENGTH"
	CodeParameterPattern      = "INVALID_PARAMETER_PATTERN_ERROR"
	CodeParameterValue        = "INVALID_PARAMETER_VALUE"
	CodeInstanceNotFound      = "INVALID_INSTANCE_NOT_FOUND"
	CodeZoneNotFound          = "INVALID_ZONE_NOT_FOUND"
	CodeInstanceRecycled      = "OPERATION_DENIED_INSTANCE_RECYCLED"
	CodeInstanceNotRunning    = "OPERATION_DENIED_INSTANCE_NOT_RUNNING"
	CodeInstanceNotStopped    = "OPERATION_DENIED_INSTANCE_NOT_STOPPED"
	CodeRecycledResource      = "OPERATION_FAILED_FOR_RECYCLE_RESOURCE"
	CodeRecycledResourceOld   = "FAILED_OPERATION_FOR_RECYCLE_RESOURCE" // an older spelling of the same
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

// refuse is the refusal with this code and the status that goes with it.
func refuse(code, message string) *refusal {
	return &refusal{statusOf(code), code, message}
}

// statusOf is the HTTP status that comes with a code (vendor). For a code that no
// list has it is 403 after "OPERATION_", 404 before "_NOT_FOUND", and 400
// otherwise: a choice of this simulator.
func statusOf(code string) int {
	switch {
	case strings.HasPrefix(code, "AUTHFAILURE_"):
		return http.StatusUnauthorized
	case strings.HasSuffix(code, "_NOT_FOUND"):
		return http.StatusNotFound
	case strings.HasPrefix(code, "OPERATION_"):
		return http.StatusForbidden
	case code == CodeRequestLimit:
		return http.StatusTooManyRequests
	case code == CodeInternalError:
		return http.StatusInternalServerError
	case code == CodeUnavailable, code == CodeTimedOut:
		return http.StatusServiceUnavailable
	default: // MISSING_PARAMETER, INVALID_PARAMETER_…, CodeRecycledResourceOld and others
		return http.StatusBadRequest
	}
}
