package fault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/fault"
	"zenstop/internal/zenlayer"
)

// The runtime's own rule decides the name, so the test goes through the runtime.
func TestErrorsReachTheStateMachineByName(t *testing.T) {
	cases := map[string]struct {
		err  error
		want string
	}{
		"throttled":           {&zenlayer.APIError{Status: 429}, fault.Throttled},
		"wrapped unavailable": {fmt.Errorf("look: %w", &zenlayer.APIError{Status: 503}), fault.Unavailable},
		"deadline":            {context.DeadlineExceeded, fault.Unavailable},
		"credentials refused": {&zenlayer.APIError{Status: 401}, fault.CredentialsRefused},
		"no credentials":      {&zenlayer.CredentialsError{Message: "no such secret"}, fault.CredentialsRefused},
		"our request":         {&zenlayer.APIError{Status: 400, Code: "INVALID_PARAMETER_X"}, fault.Rejected},
		"anything else":       {errors.New("surprise"), fault.Internal},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := lambda.NewHandler(fault.Handler(func(context.Context, int) (int, error) { return 0, c.err }))
			if got := errorType(t, h); got != c.want {
				t.Errorf("errorType = %q, want %q", got, c.want)
			}
		})
	}
}

func TestAPanicIsAnInternalError(t *testing.T) {
	h := lambda.NewHandler(fault.Handler(func(context.Context, int) (int, error) { panic("boom") }))
	if got := errorType(t, h); got != fault.Internal {
		t.Errorf("errorType = %q, want %q", got, fault.Internal)
	}
}

func errorType(t *testing.T, h lambda.Handler) string {
	t.Helper()
	_, err := h.Invoke(t.Context(), []byte("1"))
	var e messages.InvokeResponse_Error
	if !errors.As(err, &e) {
		raw, _ := json.Marshal(err)
		t.Fatalf("error is %T %s", err, raw)
	}
	return e.Type
}
