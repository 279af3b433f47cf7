package zenlayer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// coded is an answer with this code, as the client reads it.
func coded(status int, code string) error {
	return answered(status, fmt.Sprintf(`{"code":%q,"message":"m"}`, code))
}

// The vendor's old Go constants spell the same codes with dots and mixed case.
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
		"INVALID_INSTANCE_NOT_FOUND":            KindInstance,
		"OPERATION_FAILED_RESOURCE_NOT_FOUND":   KindInstance,
		"OPERATION_DENIED_INSTANCE_RECYCLED":    KindInstance,
		"OPERATION_DENIED_INSTANCE_NOT_RUNNING": KindInstance,
		"OPERATION_DENIED_SOMETHING_NEW":        KindInstance,
		"OPERATION_FAILED_FOR_RECYCLE_RESOURCE": KindInstance,
		"FAILED_OPERATION_FOR_RECYCLE_RESOURCE": KindInstance,
	} {
		for _, spelt := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "_", ".")} {
			for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 503} {
				if err := coded(status, spelt); KindOf(err) != want || Code(err) != code {
					t.Errorf("%s with HTTP %d is of kind %d and code %s, want kind %d", spelt, status, KindOf(err), Code(err), want)
				}
			}
		}
	}
}

func TestAStatusDecidesWhereTheCodeIsUnknownOrMissing(t *testing.T) {
	for status, want := range map[int]struct {
		bare, coded Kind // without a code, and with one that no list has
		landed      bool
	}{
		200: {KindUnavailable, KindUnavailable, true},
		202: {KindUnavailable, KindUnavailable, true},
		302: {KindRejected, KindRejected, false},
		400: {KindRejected, KindRefused, false},
		401: {KindCredentials, KindCredentials, false},
		403: {KindUnavailable, KindRefused, false},
		404: {KindRejected, KindRefused, false},
		408: {KindUnavailable, KindUnavailable, false},
		409: {KindRejected, KindRefused, false},
		429: {KindThrottled, KindThrottled, false},
		451: {KindRejected, KindRefused, false},
		499: {KindRejected, KindRefused, false},
		500: {KindUnavailable, KindUnavailable, true},
		501: {KindUnavailable, KindUnavailable, true},
		522: {KindUnavailable, KindUnavailable, true},
	} {
		for body, kind := range map[string]Kind{
			"<html>": want.bare, "": want.bare, `{"message":"m"}`: want.bare, `[]`: want.bare,
			`{"code":"UNSUPPORTED_OPERATION_INSTANCE_LOCKED"}`: want.coded, `{"code":"INVALID_ZONE_NOT_FOUND"}`: want.coded,
			`{"code":"Instance.Type.Not.Found"}`: want.coded,
		} {
			if err := answered(status, body); KindOf(err) != kind || MayHaveLanded(err) != want.landed {
				t.Errorf("HTTP %d %s: kind %d, may have landed %v; want %d, %v", status, body, KindOf(err), MayHaveLanded(err), kind, want.landed)
			}
		}
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

func TestARefusedParameterCanBeToldFromOtherRefusals(t *testing.T) {
	for code, want := range map[string]bool{
		"INVALID_PARAMETER_TYPE": true, "Invalid.Parameter.Value": true, "INVALID_PARAMETER": true, "MISSING_PARAMETER": true,
		"INVALID_INSTANCE_NOT_FOUND": false, "AUTHFAILURE_UNAUTHORIZED_OPERATION": false, "SURPRISE": false, "": false,
	} {
		if got := IsParameterRefused(fmt.Errorf("wrapped: %w", coded(400, code))); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	if IsParameterRefused(nil) || IsParameterRefused(rejected("x")) {
		t.Error("a call that was not sent counts as refused by Zenlayer")
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
