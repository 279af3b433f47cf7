package sim_test

import (
	"net/http"
	"testing"

	"zenstop/internal/proof/sim"
)

func TestEveryCodeComesWithItsStatus(t *testing.T) {
	for code, status := range map[string]int{
		"AUTHFAILURE_INVALID_AUTHORIZATION":     http.StatusUnauthorized,
		"AUTHFAILURE_SIGNATURE_FAILURE":         http.StatusUnauthorized,
		"AUTHFAILURE_SIGNATURE_EXPIRED":         http.StatusUnauthorized,
		"AUTHFAILURE_UNAUTHORIZED_OPERATION":    http.StatusUnauthorized,
		"MISSING_PARAMETER":                     http.StatusBadRequest,
		"INVALID_PARAMETER_TYPE":                http.StatusBadRequest,
		"INVALID_PARAMETER_EXCEED_MAXIMUM":      http.StatusBadRequest,
		"INVALID_PARAMETER_LESS_MINIMUM":        http.StatusBadRequest,
		"INVALID_PARAMETER_EXCEED_LENGTH":       http.StatusBadRequest,
		"INVALID_PARAMETER_LESS_LENGTH":         http.StatusBadRequest,
		"INVALID_PARAMETER_PATTERN_ERROR":       http.StatusBadRequest,
		"INVALID_PARAMETER_DATE_FORMAT_ERROR":   http.StatusBadRequest,
		"INVALID_PARAMETER_VALUE":               http.StatusBadRequest,
		"INVALID_INSTANCE_NOT_FOUND":            http.StatusNotFound,
		"INVALID_ZONE_NOT_FOUND":                http.StatusNotFound,
		"ZONE_NOT_FOUND":                        http.StatusNotFound,
		"OPERATION_FAILED_RESOURCE_NOT_FOUND":   http.StatusNotFound,
		"OPERATION_DENIED_INSTANCE_RECYCLED":    http.StatusForbidden,
		"OPERATION_DENIED_INSTANCE_NOT_RUNNING": http.StatusForbidden,
		"OPERATION_FAILED_FOR_RECYCLE_RESOURCE": http.StatusForbidden,
		"FAILED_OPERATION_FOR_RECYCLE_RESOURCE": http.StatusBadRequest,
		"REQUEST_LIMIT_EXCEEDED":                http.StatusTooManyRequests,
		"INTERNAL_SERVER_ERROR":                 http.StatusInternalServerError,
		"SERVICE_TEMPORARY_UNAVAILABLE":         http.StatusServiceUnavailable,
		"REQUEST_TIMED_OUT":                     http.StatusServiceUnavailable,
		"UNSUPPORTED_OPERATION_INSTANCE_LOCKED": http.StatusBadRequest, // no list has it
	} {
		t.Run(code, func(t *testing.T) {
			r := faulty(t, sim.Fault{Kind: sim.Refuse, Code: code})
			wantAnswer(t, r.describe(), status, code)
		})
	}
}
