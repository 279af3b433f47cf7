package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/fault"
	"zenstop/internal/zenlayer"
)

// report is the error as Lambda passes it to Step Functions.
type report struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

// invoke calls a handler through the runtime, whose own rule decides the name.
func invoke(t *testing.T, h func(context.Context, int) (int, error)) report {
	t.Helper()
	_, err := lambda.NewHandler(fault.Handler(h)).Invoke(t.Context(), []byte("1"))
	named, ok := err.(messages.InvokeResponse_Error) //nolint:errorlint // the runtime too looks at the outermost type only
	if !ok {
		t.Fatalf("the runtime gets an error of type %T, which it would name so", err)
	}
	raw, err := json.Marshal(named)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func fails(with error) func(context.Context, int) (int, error) {
	return func(context.Context, int) (int, error) { return 0, with }
}

func TestErrorsReachTheStateMachineByName(t *testing.T) {
	seen := map[string]bool{}
	cases := map[string]struct {
		err  error
		want string
	}{
		"throttled":            {&zenlayer.APIError{Status: 429}, fault.Throttled},
		"wrapped throttled":    {fmt.Errorf("look: %w", &zenlayer.APIError{Code: "REQUEST_LIMIT_EXCEEDED"}), fault.Throttled},
		"wrapped unavailable":  {fmt.Errorf("look: %w", &zenlayer.APIError{Status: 503}), fault.Unavailable},
		"joined unavailable":   {errors.Join(errors.New("first"), &zenlayer.APIError{Status: 502}), fault.Unavailable},
		"deadline":             {fmt.Errorf("look: %w", context.DeadlineExceeded), fault.Unavailable},
		"cancelled":            {context.Canceled, fault.Unavailable},
		"credentials rejected": {&zenlayer.APIError{Status: 401, Code: "AUTHFAILURE_SIGNATURE_FAILURE"}, fault.CredentialsRefused},
		"no credentials":       {fmt.Errorf("credentials: %w", &zenlayer.CredentialsError{Message: "no such secret"}), fault.CredentialsRefused},
		"our request":          {&zenlayer.APIError{Status: 400, Code: "INVALID_PARAMETER_X"}, fault.Rejected},
		"no permission":        {&zenlayer.APIError{Status: 403, Code: "AUTHFAILURE_UNAUTHORIZED_OPERATION"}, fault.Rejected},
		"an instance's code":   {&zenlayer.APIError{Status: 404, Code: "INVALID_INSTANCE_NOT_FOUND"}, fault.Rejected},
		"an unknown code":      {&zenlayer.APIError{Status: 400, Code: "UNSUPPORTED_OPERATION_INSTANCE_LOCKED"}, fault.Rejected},
		"another service":      {fmt.Errorf("start: %w", fault.MayPass(errors.New("ThrottlingException"))), fault.Unavailable},
		"anything else":        {errors.New("surprise"), fault.Internal},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got, want := invoke(t, fails(c.err)), (report{c.want, strings.ReplaceAll(c.err.Error(), "\n", " ")}); got != want {
				t.Errorf("reported %+v, want %+v", got, want)
			}
		})
		seen[c.want] = true
	}
	for _, name := range fault.Names() {
		if !seen[name] {
			t.Errorf("no error is named %s", name)
		}
	}
	if len(seen) != len(fault.Names()) {
		t.Errorf("Names lists %v, errors are named %v", fault.Names(), seen)
	}
}

func TestAnAnswerWithoutAnErrorIsLeftAlone(t *testing.T) {
	h := lambda.NewHandler(fault.Handler(func(_ context.Context, n int) (int, error) { return n + 1, nil }))
	if out, err := h.Invoke(t.Context(), []byte("1")); err != nil || strings.TrimSpace(string(out)) != "2" {
		t.Errorf("answer %s, error %v", out, err)
	}
}

func TestTheMessageIsOnePrintableLineOfAtMost400Characters(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"lines":     {"one\ntwo\r\n\tthree\x00", "one two three"},
		"not UTF-8": {"a\xffb", "a?b"},
		"just fits": {strings.Repeat("é", 400), strings.Repeat("é", 400)},
		"too long":  {strings.Repeat("é", 401), strings.Repeat("é", 399) + "…"},
	} {
		if got := invoke(t, fails(errors.New(c.text))).ErrorMessage; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAnErrorThatMayPassKeepsItsTextAndItsCause(t *testing.T) {
	cause := errors.New("ThrottlingException: Rate exceeded")
	err := fault.MayPass(cause)
	if !errors.Is(err, cause) || err.Error() != cause.Error() {
		t.Errorf("%v does not wrap %v", err, cause)
	}
	if err := fault.MayPass(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestAPanicIsAnInternalErrorAndIsLogged(t *testing.T) {
	type secretive struct{ password string }
	cases := map[string]struct {
		value any
		want  string
	}{
		"text":        {"boom\nboom", "panic: boom boom"},
		"long text":   {strings.Repeat("b", 2000), "panic: " + strings.Repeat("b", 392) + "…"},
		"an error":    {errors.New("boom"), "panic: boom"},
		"other value": {secretive{"canary-5d1f"}, "panic: a value of type fault_test.secretive"},
	}
	for name, c := range cases {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
		got := invoke(t, func(context.Context, int) (int, error) { panic(c.value) })
		slog.SetDefault(before)
		if want := (report{fault.Internal, c.want}); got != want {
			t.Errorf("%s: reported %+v, want %+v", name, got, want)
		}
		if !strings.Contains(log.String(), "fault_test.go") || strings.Contains(log.String(), "canary-5d1f") {
			t.Errorf("%s: the log has no stack, or shows the value: %s", name, log.String())
		}
	}
}

func TestAGoRuntimeErrorIsAnInternalError(t *testing.T) {
	var none map[string]int
	got := invoke(t, func(context.Context, int) (int, error) { none["a"] = 1; return 0, nil })
	if want := (report{fault.Internal, "panic: assignment to entry in nil map"}); got != want {
		t.Errorf("reported %+v, want %+v", got, want)
	}
}

func TestNoNameIsListedTwice(t *testing.T) {
	names := fault.Names()
	slices.Sort(names)
	if len(slices.Compact(names)) != len(fault.Names()) {
		t.Errorf("%v", fault.Names())
	}
}
