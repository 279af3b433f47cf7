package zenlayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// coded is an answer with this code, as the client reads it.
func coded(status int, code string) error {
	return answered(status, fmt.Sprintf(`{"code":%q,"message":"m"}`, code))
}

// oldSpelling is a code in the spelling of the vendor's old Go constants.
func oldSpelling(code string) string {
	words := strings.Split(strings.ToLower(code), "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, ".")
}

func TestEachCodeIsOfItsKindInBothSpellingsAndWithAnyStatus(t *testing.T) {
	for code, want := range map[string]Kind{
		"REQUEST_LIMIT_EXCEEDED":                KindThrottled,
		"INTERNAL_SERVER_ERROR":                 KindUnavailable,
		"SERVICE_TEMPORARY_UNAVAILABLE":         KindUnavailable,
		"REQUEST_TIMED_OUT":                     KindUnavailable,
		"AUTHFAILURE_INVALID_AUTHORIZATION":     KindCredentials,
		"AUTHFAILURE_SIGNATURE_FAILURE":         KindCredentials,
		"AUTHFAILURE_SOMETHING_NEW":             KindCredentials,
		"AUTHFAILURE_SIGNATURE_EXPIRED":         KindRejected,
		"AUTHFAILURE_UNAUTHORIZED_OPERATION":    KindRejected,
		"MISSING_PARAMETER":                     KindRejected,
		"MISSING_PARAMETER_X":                   KindRejected,
		"INVALID_PARAMETER_VALUE":               KindRejected,
		"INVALID_INSTANCE_NOT_FOUND":            KindTarget,
		"OPERATION_FAILED_RESOURCE_NOT_FOUND":   KindTarget,
		"OPERATION_DENIED_INSTANCE_RECYCLED":    KindTarget,
		"OPERATION_DENIED_INSTANCE_NOT_RUNNING": KindTarget,
		"OPERATION_DENIED_INSTANCE_NOT_STOPPED": KindTarget,
		"INVALID_PARAMETER_PATTERN_ERROR":       KindRejected,
		"INVALID_ZONE_NOT_FOUND":                KindTarget,
		"INSTANCE_TYPE_NOT_FOUND":               KindTarget,
		"OPERATION_DENIED_SOMETHING_NEW":        KindTarget,
		"OPERATION_FAILED_FOR_RECYCLE_RESOURCE": KindTarget,
		"FAILED_OPERATION_FOR_RECYCLE_RESOURCE": KindTarget,
	} {
		for _, spelt := range []string{code, oldSpelling(code), strings.ReplaceAll(code, "_", ".")} {
			if _, listed := codes[code]; !listed && spelt != code {
				continue
			}
			for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 503} {
				if err := coded(status, spelt); KindOf(err) != want || Code(err) != code {
					t.Errorf("%s with HTTP %d is of kind %d and code %s, want kind %d", spelt, status, KindOf(err), Code(err), want)
				}
			}
		}
	}
}

func TestAStatusDecidesWhereNoListHasTheCode(t *testing.T) {
	for status, want := range map[int]Kind{
		200: KindUnavailable, 202: KindUnavailable, 302: KindUnavailable, 400: KindTarget, 401: KindCredentials, 403: KindTarget,
		404: KindTarget, 408: KindUnavailable, 409: KindTarget, 429: KindThrottled, 451: KindTarget, 499: KindTarget,
		500: KindUnavailable, 501: KindUnavailable, 522: KindUnavailable,
	} {
		for _, code := range []string{"UNSUPPORTED_OPERATION_INSTANCE_LOCKED", "X", "INVALID_DISK_2"} {
			if err := coded(status, code); KindOf(err) != want || MayHaveLanded(err) != (want == KindUnavailable) {
				t.Errorf("HTTP %d %s: kind %d, may have landed %v; want %d", status, code, KindOf(err), MayHaveLanded(err), want)
			}
		}
	}
}

// What is not the vendor's flat JSON with a code comes from something in front of the
// API, or from something else altogether, and may be over before the deadline.
func TestWhatIsNoAnswerOfTheAPIIsAnOutageWhateverItsStatus(t *testing.T) {
	for _, body := range []string{
		"", " ", "<html>no</html>", "null", `"INVALID_INSTANCE_NOT_FOUND"`, "404", `[{"code":"INVALID_INSTANCE_NOT_FOUND"}]`, "{}",
		`{"message":"m"}`, `{"code":null}`, `{"code":""}`, `{"code":404}`, `{"code":["X"]}`, `{"code":"not_found"}`, `{"code":"NotFound"}`, `{"code":"Forbidden"}`,
		`{"code":"404"}`, `{"code":"_X"}`, `{"code":"NOT-FOUND"}`, `{"code":"NOT FOUND"}`, `{"code":"X\n"}`, `{"code":"Some.Other.Code"}`, `{"code":"missing_parameter"}`,
		`{"code":"missing.parameter"}`, `{"code":"AuthFailure.Something.New"}`, `{"Code":"MISSING_PARAMETER"}`,
		`{"error":{"code":"MISSING_PARAMETER"}}`, `{"code":"MISSING_PARAMETER","error":{"code":"X"}}`, `{"code":"MISSING_PARAMETER","details":[]}`,
		`{"code":"MISSING_PARAMETER","response":{"requestId":"r"}}`, `{"code":"X","code":"MISSING_PARAMETER"}`,
		`{"code":"MISSING_PARAMETER"`, `{"code":"MISSING_PARAMETER"}}`, "\ufeff" + `{"code":"MISSING_PARAMETER"}`,
	} {
		for _, status := range []int{200, 201, 204, 301, 302, 400, 401, 403, 404, 407, 408, 421, 429, 451, 500, 501, 502, 522} {
			want := KindUnavailable
			if status == http.StatusTooManyRequests {
				want = KindThrottled
			}
			err := answered(status, body)
			if KindOf(err) != want || MayHaveLanded(err) != (want == KindUnavailable) || Code(err) != "" {
				t.Errorf("HTTP %d %s: %v of kind %d, may have landed %v", status, body, err, KindOf(err), MayHaveLanded(err))
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("HTTP %d", status)) {
				t.Errorf("HTTP %d %s: %v does not say what came", status, body, err)
			}
		}
	}
}

func TestARedirectIsAnOutageEvenWithACode(t *testing.T) {
	if err := coded(http.StatusFound, "MISSING_PARAMETER"); KindOf(err) != KindUnavailable || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("%v of kind %d", err, KindOf(err))
	}
}

func TestATimeOutThatZenlayerReportsMayHaveLandedWhateverItsStatus(t *testing.T) {
	if err := answered(408, `{"code":"REQUEST_TIMED_OUT"}`); !MayHaveLanded(err) {
		t.Error(err)
	}
}

func TestACallIsBlamedOnAnInstanceWhereHalvingItsIDsFindsTheCulprit(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"an unknown instance":                     {coded(404, "INVALID_INSTANCE_NOT_FOUND"), true},
		"an instance in the recycle bin":          {coded(403, "OPERATION_FAILED_FOR_RECYCLE_RESOURCE"), true},
		"a code that no list has":                 {coded(400, "UNSUPPORTED_OPERATION_INSTANCE_LOCKED"), true},
		"a parameter, such as a malformed id":     {coded(400, "INVALID_PARAMETER_PATTERN_ERROR"), true},
		"the same, wrapped":                       {fmt.Errorf("stop: %w", coded(400, "INVALID_PARAMETER_PATTERN_ERROR")), true},
		"no permission":                           {coded(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"), false},
		"credentials":                             {coded(401, "AUTHFAILURE_INVALID_AUTHORIZATION"), false},
		"the rate":                                {coded(429, "SURPRISE"), false},
		"an outage":                               {coded(503, "SURPRISE"), false},
		"a page that is not Zenlayer's":           {answered(404, "<html>"), false},
		"a call that the client itself kept back": {rejected("x"), false},
		"an error of another package":             {errors.New("x"), false},
		"no error":                                {nil, false},
	} {
		if got := BlamesInstance(c.err); got != c.want {
			t.Errorf("%s: BlamesInstance(%v) = %v, want %v", name, c.err, got, c.want)
		}
	}
}

func TestARejectedParameterCanBeToldFromOtherRejections(t *testing.T) {
	for code, want := range map[string]bool{
		"INVALID_PARAMETER_TYPE": true, "Invalid.Parameter.Value": true, "INVALID_PARAMETER_NEW": true, "INVALID_PARAMETER": true, "MISSING_PARAMETER": true,
		"INVALID_INSTANCE_NOT_FOUND": false, "AUTHFAILURE_UNAUTHORIZED_OPERATION": false, "SURPRISE": false, "": false,
	} {
		if got := IsParameterRejected(fmt.Errorf("wrapped: %w", coded(400, code))); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	if IsParameterRejected(nil) || IsParameterRejected(rejected("x")) {
		t.Error("a call that was not sent counts as rejected by Zenlayer")
	}
}

func TestOnlyAnAnswerHasACode(t *testing.T) {
	if got := Code(fmt.Errorf("stop: %w", coded(403, "Operation.Denied.Instance.Recycled"))); got != "OPERATION_DENIED_INSTANCE_RECYCLED" {
		t.Errorf("code %q", got)
	}
	for _, err := range []error{nil, errors.New("x"), rejected("x"), answered(404, "<html>")} {
		if got := Code(err); got != "" {
			t.Errorf("%v has the code %q", err, got)
		}
	}
}

func TestACallThatWasNotSentHasNotLanded(t *testing.T) {
	for _, err := range []error{nil, context.Canceled, rejected("x"), &CredentialsError{"x"}} {
		if MayHaveLanded(err) {
			t.Errorf("%v may have landed", err)
		}
	}
}

func TestAnErrorThatIsNotAnAnswerHasAKindToo(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{nil, KindNone},
		{errors.New("x"), KindUnknown},
		{context.Canceled, KindUnavailable},
		{context.DeadlineExceeded, KindUnavailable},
		{rejected("x"), KindRejected},
		{&CredentialsError{"x"}, KindCredentials},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("%v is of kind %d, want %d", c.err, got, c.want)
		}
		if c.err != nil && KindOf(fmt.Errorf("look: %w", c.err)) != c.want {
			t.Errorf("%v is of another kind once it is wrapped", c.err)
		}
	}
}
