package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"zenstop/internal/credentials"
	"zenstop/internal/zenlayer"
)

const (
	canary = "canary-value-9f31"
	arn    = "arn:aws:secretsmanager:us-east-1:123456789012:secret:zenlayer-AbCdEf"
)

// vault is a Secrets Manager with one secret. Its fields are set between calls.
type vault struct {
	text  string
	err   error
	takes time.Duration

	mu    sync.Mutex
	calls int
	asked string
}

func (v *vault) GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	v.mu.Lock()
	v.calls, v.asked = v.calls+1, *in.SecretId
	v.mu.Unlock()
	select {
	case <-time.After(v.takes):
	case <-ctx.Done():
		return nil, fmt.Errorf("operation error Secrets Manager: GetSecretValue, %w", ctx.Err())
	}
	if v.err != nil {
		return nil, v.err
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &v.text}, nil
}

func TestBothKindsOfCredentialsAreRead(t *testing.T) {
	pair := zenlayer.Credentials{AccessKeyID: "id", AccessKeyPassword: canary}
	token := zenlayer.Credentials{Token: canary}
	for text, want := range map[string]zenlayer.Credentials{
		`{"accessKeyId":"id","accessKeyPassword":"` + canary + `"}`:                                   pair,
		`{"accessKeyId":"id","accessKeyPassword":"` + canary + `","token":""}`:                        pair,
		` {"token":"` + canary + `"} `:                                                                token,
		`{"token":"` + canary + `","accessKeyId":"","accessKeyPassword":""}`:                          token,
		`{"token":"` + canary + `","description":["of the team"],"rotated":{"at":1},"Token":"other"}`: token,
		"\ufeff" + `{"token":"` + canary + `"}`:                                                       token,
		"\ufeff\r\n" + `{"token":"` + canary + `"}` + "\r\n":                                          token,
		"\n\ufeff" + `{"token":"` + canary + `"}` + "\ufeff":                                          token,
		`{"accessKeyId":"id","accessKeyPassword":"` + canary + `","token":null}`:                      pair,
		`{"token":"` + canary + `","accessKeyId":null,"accessKeyPassword":null}`:                      token,
		`{"token":"` + canary + `","accessKeyId":null}`:                                               token,
	} {
		v := &vault{text: text}
		got, err := credentials.New(v, arn, nil).Credentials(t.Context())
		if err != nil || got != want || v.asked != arn {
			t.Errorf("a good secret is not read: error %v, asked for %s", err, v.asked)
		}
	}
}

func TestASecretIsReadOnceIn5MinutesAndAfreshWhenRejected(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	v := &vault{text: `{"token":"` + canary + `"}`}
	s := credentials.New(v, arn, func() time.Time { return now })
	for i, step := range []struct {
		do   func()
		want int
	}{
		{func() {}, 1},
		{func() { now = now.Add(5*time.Minute - 1) }, 1},
		{func() { now = now.Add(1) }, 2},
		{s.Forget, 3},
		{func() { s.Forget(); s.Forget() }, 4},
	} {
		step.do()
		c, err := s.Credentials(t.Context())
		if err != nil || string(c.Token) != canary || v.calls != step.want {
			t.Errorf("step %d: %d reads, want %d; error %v", i, v.calls, step.want, err)
		}
	}
}

func TestAFailedRefreshKeepsTheLastGoodValueForHalfAMinuteAtATime(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for name, fail := range map[string]func(*vault){
		"an outage":               func(v *vault) { v.err = &smithy.GenericAPIError{Code: "InternalServiceError"} },
		"a secret that was taken": func(v *vault) { v.err = &smithy.GenericAPIError{Code: "AccessDeniedException"} },
		"a secret half edited":    func(v *vault) { v.text = `{"token":` },
	} {
		t.Run(name, func(t *testing.T) {
			v := &vault{text: `{"token":"t"}`}
			s := credentials.New(v, arn, func() time.Time { return now })
			if _, err := s.Credentials(t.Context()); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
			fail(v)
			for _, reads := range []int{2, 2, 3} {
				if c, err := s.Credentials(t.Context()); err != nil || c.Token == "" || v.calls != reads {
					t.Errorf("%d reads, want %d; error %v, want the last good value", v.calls, reads, err)
				}
				now = now.Add(20 * time.Second)
			}
			s.Forget()
			if c, err := s.Credentials(t.Context()); err == nil || c != (zenlayer.Credentials{}) {
				t.Error("a forgotten value came back")
			}
		})
	}
}

func TestAReadIsCutOffAfter5Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := credentials.New(&vault{takes: time.Hour}, arn, nil).Credentials(t.Context())
		if zenlayer.KindOf(err) != zenlayer.KindUnavailable || time.Since(start) != 5*time.Second {
			t.Errorf("after %s: error %v of kind %v, want one that may pass", time.Since(start), err, zenlayer.KindOf(err))
		}
		want := "read secret " + arn + ": Secrets Manager did not answer in time"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	})
}

func TestAllWhoAskAtTheSameTimeShareOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{text: `{"token":"t"}`, takes: time.Second}
		s := credentials.New(v, arn, nil)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if c, err := s.Credentials(t.Context()); err != nil || c.Token == "" {
					t.Errorf("error %v", err)
				}
			})
		}
		all.Wait()
		if v.calls != 1 {
			t.Errorf("%d reads, want 1", v.calls)
		}
	})
}

func TestWhoeverWaitsForAReadGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := credentials.New(&vault{text: `{"token":"t"}`, takes: 4 * time.Second}, arn, nil)
		go s.Credentials(t.Context()) //nolint:errcheck // it has the turn, no more
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := s.Credentials(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %s: error %v", time.Since(start), err)
		}
	})
}

// Zenlayer rejected the value while another call read the secret. That read may have
// returned the rejected value once more.
func TestAReadThatBeganBeforeForgetDoesNotCountAsAfresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{text: `{"token":"old"}`, takes: 2 * time.Second}
		s := credentials.New(v, arn, nil)
		var first sync.WaitGroup
		first.Go(func() { s.Credentials(t.Context()) }) //nolint:errcheck // its answer is not the point
		time.AfterFunc(time.Second, s.Forget)
		first.Wait()
		v.text = `{"token":"new"}`
		if c, err := s.Credentials(t.Context()); err != nil || string(c.Token) != "new" || v.calls != 2 {
			t.Errorf("%d reads, error %v: want the new value after a second read", v.calls, err)
		}
	})
}
