package zenlayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestASecretThatIsRotatedDuringACallIsReadAgainWithoutABackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rotated := &keys{all: []Credentials{{AccessKeyID: "old", AccessKeyPassword: "x"}, {AccessKeyID: "new", AccessKeyPassword: "y"}}}
		w := &wire{answers: []answer{failure(503, "X"), failure(401, "AUTHFAILURE_SIGNATURE_FAILURE"), failure(503, "X"), failure(503, "X"), {status: 200, body: nobody}}}
		begun := time.Now()
		if _, err := client(t, w, rotated).Describe(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []struct {
			at  time.Duration
			key string
		}{{0, "old"}, {300, "old"}, {300, "new"}, {900, "new"}, {2100, "new"}} {
			if at, header := w.at[i].Sub(begun), w.sent[i].Header.Get("Authorization"); at < want.at*time.Millisecond || at > (want.at+100)*time.Millisecond || !strings.Contains(header, "Credential="+want.key+",") {
				t.Errorf("attempt %d after %s with %s, want %d ms, or up to 100 ms later as the pace is, and %s", i+1, at, header, want.at, want.key)
			}
		}
	})
}

func TestCredentialsAreReadAfreshOncePerCallEvenWithASingleAttempt(t *testing.T) {
	rejected := failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION")
	w, source := &wire{answers: []answer{rejected, rejected, {status: 200, body: accepted}}}, pair()
	c, err := New(Config{Endpoint: "https://x", Source: source, Transport: w, Retry: RetryPolicy{Attempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ask(t.Context(), StopInstances, []string{"a"}); KindOf(err) != KindCredentials || source.forgets != 1 || len(w.sent) != 2 {
		t.Errorf("%v, forgot %d times, sent %d times", err, source.forgets, len(w.sent))
	}
	if err := c.Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestNoOtherRejectionMakesCredentialsReadAfresh(t *testing.T) {
	for _, code := range []string{"AUTHFAILURE_SIGNATURE_EXPIRED", "AUTHFAILURE_UNAUTHORIZED_OPERATION", "AuthFailure.Signature.Expired"} {
		w, source := &wire{answers: []answer{failure(401, code)}}, pair()
		err := client(t, w, source).Ask(t.Context(), StopInstances, []string{"a"})
		if KindOf(err) != KindRejected || source.forgets != 0 || len(w.sent) != 1 {
			t.Errorf("%s: %v, forgot %d times, sent %d times", code, err, source.forgets, len(w.sent))
		}
	}
}

func TestWhatTheUserCanDoIsInTheMessage(t *testing.T) {
	for want, a := range map[string]answer{
		"clock is off by more than 5 minutes": failure(401, "AUTHFAILURE_SIGNATURE_EXPIRED"),
		"lack the permission":                 failure(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"),
		"check the credentials":               failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION"),
		"Cloudflare":                          {status: 403, body: "<html>", header: http.Header{"Cf-Mitigated": {"challenge"}}},
		"a proxy in front":                    {status: 403, body: `{"message":"Forbidden"}`},
		"by a proxy":                          {status: 401, body: "<html>"},
		"is ZenlayerEndpoint right?":          {status: 404, body: "<html>"},
		"not JSON":                            {status: 200, body: "<html>"},
		"without a response":                  {status: 200, body: `{"requestId":"r"}`},
		"longer than an answer can be":        {status: 500, body: strings.Repeat(" ", maxFailure+1)},
	} {
		synctest.Test(t, func(t *testing.T) {
			err := client(t, &wire{answers: []answer{a}}, pair()).Ask(t.Context(), StopInstances, []string{"a"})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("HTTP %d", a.status)) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// slow is a Source that takes this long to answer.
type slow struct {
	*keys
	takes time.Duration
}

func (s slow) Credentials(ctx context.Context) (Credentials, error) {
	select {
	case <-time.After(s.takes):
		return s.keys.Credentials(ctx)
	case <-ctx.Done():
		return Credentials{}, errors.New("no secret in time")
	}
}

func TestASlowSourceDoesNotUseUpTheAttemptsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []answer{{status: 200, body: accepted}}}
		late := roundTripper(func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(7 * time.Second):
				return w.RoundTrip(r)
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
		if err := client(t, late, slow{pair(), 7 * time.Second}).Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
			t.Error(err)
		}
	})
}

func TestASourceThatHangsIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		w := &wire{}
		err := client(t, w, slow{pair(), time.Hour}).Ask(ctx, StopInstances, []string{"a"})
		if KindOf(err) != KindUnavailable || MayHaveLanded(err) || !errors.Is(err, context.DeadlineExceeded) || len(w.sent) != 0 {
			t.Errorf("%v, sent %d times", err, len(w.sent))
		}
	})
}

func TestCredentialsThatNoRequestCanCarryAreFinalAndReadAfreshNextTime(t *testing.T) {
	for name, bad := range map[string]Credentials{
		"none":                  {},
		"no password":           {AccessKeyID: canary},
		"no id":                 {AccessKeyPassword: canary},
		"a line break":          {AccessKeyID: canary + "\n", AccessKeyPassword: "x"},
		"a token with a return": {Token: canary + "\r\n"},
		"a space":               {Token: canary + " "},
		"a delete character":    {Token: canary + "\x7f"},
		"not ASCII":             {Token: canary + "é"},
	} {
		w, source := &wire{}, &keys{all: []Credentials{bad}}
		err := client(t, w, source).Ask(t.Context(), StopInstances, []string{"a"})
		if KindOf(err) != KindCredentials || source.forgets != 1 || len(w.sent) != 0 || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, forgot %d times, sent %d times", name, err, source.forgets, len(w.sent))
		}
	}
}

func TestRejectedCredentialsAreReadAfreshOnce(t *testing.T) {
	rejected := failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION")
	rotated := &keys{all: []Credentials{{AccessKeyID: "old", AccessKeyPassword: "x"}, {AccessKeyID: "new", AccessKeyPassword: "y"}}}
	w := &wire{answers: []answer{rejected, {status: 200, body: accepted}}}
	if err := client(t, w, rotated).Ask(t.Context(), StopInstances, []string{"a"}); err != nil || !strings.Contains(w.sent[1].Header.Get("Authorization"), "Credential=new,") {
		t.Errorf("error %v", err)
	}
	w, source := &wire{answers: []answer{rejected}}, pair()
	err := client(t, w, source).Ask(t.Context(), StopInstances, []string{"a"})
	if KindOf(err) != KindCredentials || len(w.sent) != 2 || source.forgets != 1 {
		t.Errorf("sent %d times, %d read afresh, %v; want 2, 1", len(w.sent), source.forgets, err)
	}
}

func TestACredentialsErrorOfTheSourceIsFinalAndAnyOtherErrorMayPass(t *testing.T) {
	final := &keys{all: []Credentials{{}}, err: &CredentialsError{Message: "no such secret"}}
	if _, err := client(t, &wire{}, final).Describe(t.Context(), []string{"a"}); KindOf(err) != KindCredentials {
		t.Errorf("%v is of kind %d", err, KindOf(err))
	}
	synctest.Test(t, func(t *testing.T) {
		passing := &keys{all: []Credentials{{}}, err: errors.New("throttled")}
		if _, err := client(t, &wire{}, passing).Describe(t.Context(), []string{"a"}); KindOf(err) != KindUnavailable || MayHaveLanded(err) {
			t.Errorf("%v is of kind %d", err, KindOf(err))
		}
	})
}
