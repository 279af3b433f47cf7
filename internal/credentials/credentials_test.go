package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"zenstop/internal/credentials"
	"zenstop/internal/zenlayer"
)

const canary = "canary-value-9f31"

type vault struct {
	text  string
	err   error
	calls int
}

func (v *vault) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	v.calls++
	if v.err != nil {
		return nil, v.err
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &v.text}, nil
}

func TestABadSecretIsFinalAndShowsNoValue(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"not JSON":             {canary, "is not JSON"},
		"cut off":              {`{"accessKeyPassword":"` + canary, "is not JSON"},
		"misspelt field":       {`{"accessKeyID":"a","accessKeyPassword":"` + canary + `"}`, "accessKeyId"},
		"wrong type":           {`{"token":["` + canary + `"]}`, "all strings"},
		"empty object":         {`{}`, "is not filled in"},
		"as the stack made it": {`{"accessKeyId":"","accessKeyPassword":""}`, "is not filled in"},
		"half a pair":          {`{"accessKeyPassword":"` + canary + `"}`, "has no accessKeyId"},
		"both kinds":           {`{"token":"` + canary + `","accessKeyId":"a"}`, "both"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := credentials.New(&vault{text: c.text}, "arn:secret", time.Now).Credentials(t.Context())
			if zenlayer.KindOf(err) != zenlayer.KindCredentials || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "arn:secret") {
				t.Errorf("error = %v, want a final one that says %q and names the secret", err, c.want)
			}
			if shown := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(shown, canary) {
				t.Error("the error shows a value of the secret")
			}
		})
	}
}

func TestASecretIsReadOnceIn5MinutesAndAfreshWhenRefused(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	v := &vault{text: `{"token":"` + canary + `"}`}
	s := credentials.New(v, "arn:secret", func() time.Time { return now })
	for i, step := range []struct {
		do   func()
		want int
	}{
		{func() {}, 1},
		{func() { now = now.Add(4 * time.Minute) }, 1},
		{func() { now = now.Add(2 * time.Minute) }, 2},
		{s.Forget, 3},
	} {
		step.do()
		c, err := s.Credentials(t.Context())
		if err != nil || string(c.Token) != canary || v.calls != step.want {
			t.Errorf("step %d: %d reads, want %d; error %v", i, v.calls, step.want, err)
		}
		if shown := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(shown, canary) {
			t.Error("credentials print their token")
		}
	}
}

func TestAFailedRefreshKeepsTheLastGoodValue(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	v := &vault{text: `{"token":"t"}`}
	s := credentials.New(v, "arn:secret", func() time.Time { return now })
	if _, err := s.Credentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, v.err = now.Add(time.Hour), &smithy.GenericAPIError{Code: "InternalServiceError"}
	if c, err := s.Credentials(t.Context()); err != nil || c.Token == "" {
		t.Errorf("error = %v, want the last good value", err)
	}
}

func TestErrorsOfSecretsManagerAreFinalOnlyWhereAskingAgainIsNoHelp(t *testing.T) {
	cases := map[string]struct {
		err  error
		want zenlayer.Kind
	}{
		"no such secret": {&smithy.GenericAPIError{Code: "ResourceNotFoundException"}, zenlayer.KindCredentials},
		"access denied":  {&smithy.GenericAPIError{Code: "AccessDeniedException"}, zenlayer.KindCredentials},
		"throttled":      {&smithy.GenericAPIError{Code: "ThrottlingException"}, zenlayer.KindUnknown},
		"network":        {errors.New("connection refused"), zenlayer.KindUnknown},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := credentials.New(&vault{err: c.err}, "arn:secret", time.Now).Credentials(t.Context())
			if got := zenlayer.KindOf(err); got != c.want {
				t.Errorf("kind of %v = %v, want %v", err, got, c.want)
			}
		})
	}
}
