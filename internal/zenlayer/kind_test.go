package zenlayer

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// The vendor's old Go constants spell the same codes with dots and mixed case.
func TestEachCodeIsOfItsKindInBothSpellingsAndWithAnyStatus(t *testing.T) {
	families := map[string]Kind{"OPERATION_DENIED_SOMETHING_NEW": KindInstance, "INVALID_PARAMETER_VALUE": KindRejected, "MISSING_PARAMETER_X": KindRejected}
	for _, table := range []map[string]Kind{codes, families} {
		for code, want := range table {
			for _, spelt := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "_", ".")} {
				for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 503} {
					err := answered(status, fmt.Sprintf(`{"code":%q,"message":"m"}`, spelt))
					if got := KindOf(err); got != want {
						t.Errorf("%s with HTTP %d is of kind %d, want %d", spelt, status, got, want)
					}
				}
			}
		}
	}
}

func TestAStatusDecidesWhereNoCodeDoes(t *testing.T) {
	for status, want := range map[int]struct {
		bare, coded Kind // without a code, and with one that is unknown
		landed      bool
	}{
		200: {KindUnavailable, KindUnavailable, true},
		202: {KindUnavailable, KindUnavailable, true},
		302: {KindRejected, KindRejected, false},
		400: {KindRejected, KindRejected, false},
		401: {KindCredentials, KindCredentials, false},
		403: {KindUnavailable, KindRejected, false},
		404: {KindRejected, KindRejected, false},
		408: {KindUnavailable, KindUnavailable, false},
		429: {KindThrottled, KindThrottled, false},
		451: {KindRejected, KindRejected, false},
		500: {KindUnavailable, KindUnavailable, true},
		501: {KindUnavailable, KindUnavailable, true},
		522: {KindUnavailable, KindUnavailable, true},
	} {
		for body, kind := range map[string]Kind{"<html>": want.bare, "": want.bare, `{"message":"m"}`: want.bare, `[]`: want.bare, `{"code":"SURPRISE"}`: want.coded} {
			if err := answered(status, body); KindOf(err) != kind || MayHaveLanded(err) != want.landed {
				t.Errorf("HTTP %d %s: kind %d, may have landed %v; want %d, %v", status, body, KindOf(err), MayHaveLanded(err), kind, want.landed)
			}
		}
	}
}

func TestATimeOutOfZenlayersOwnMayHaveLandedWhateverItsStatus(t *testing.T) {
	if err := answered(408, `{"code":"REQUEST_TIMED_OUT"}`); !MayHaveLanded(err) {
		t.Error(err)
	}
}

func TestARefusedParameterCanBeToldFromOtherRefusals(t *testing.T) {
	for code, want := range map[string]bool{
		"INVALID_PARAMETER_TYPE": true, "Invalid.Parameter.Value": true, "INVALID_PARAMETER": true, "MISSING_PARAMETER": true,
		"INVALID_INSTANCE_NOT_FOUND": false, "AUTHFAILURE_UNAUTHORIZED_OPERATION": false, "": false,
	} {
		if got := IsParameterRefused(fmt.Errorf("wrapped: %w", answered(400, fmt.Sprintf(`{"code":%q}`, code)))); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	if IsParameterRefused(nil) || IsParameterRefused(rejected("x")) {
		t.Error("what Zenlayer never saw counts as refused by it")
	}
}

func TestNothingElseMayHaveLanded(t *testing.T) {
	for _, err := range []error{nil, context.Canceled, rejected("x"), &CredentialsError{"x"}} {
		if MayHaveLanded(err) {
			t.Errorf("%v may have landed", err)
		}
	}
	if KindOf(fmt.Errorf("look: %w", context.Canceled)) != KindUnavailable {
		t.Error("the caller's end is not unavailable")
	}
}
