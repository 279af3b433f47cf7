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
	"unicode"
	"unicode/utf8"
)

func TestASecretRotatedInMidCallIsPickedUpWithoutAWait(t *testing.T) {
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
			if at, header := w.at[i].Sub(begun), w.sent[i].Header.Get("Authorization"); at != want.at*time.Millisecond || !strings.Contains(header, "Credential="+want.key+",") {
				t.Errorf("attempt %d after %s with %s, want %d ms and %s", i+1, at, header, want.at, want.key)
			}
		}
	})
}

func TestCredentialsAreReadAfreshOncePerCallEvenWhereAttemptsAreOne(t *testing.T) {
	refused := failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION")
	w, source := &wire{answers: []answer{refused, refused, {status: 200, body: accepted}}}, pair()
	c, err := New(Config{Endpoint: "https://x", Source: source, Transport: w, Retry: RetryPolicy{Attempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.StopInstances(t.Context(), []string{"a"}); KindOf(err) != KindCredentials || source.forgets != 1 || len(w.sent) != 2 {
		t.Errorf("%v, forgot %d times, sent %d times", err, source.forgets, len(w.sent))
	}
	if err := c.StopInstances(t.Context(), []string{"a"}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestNoOtherRefusalMakesCredentialsReadAfresh(t *testing.T) {
	for _, code := range []string{"AUTHFAILURE_SIGNATURE_EXPIRED", "AUTHFAILURE_UNAUTHORIZED_OPERATION", "AuthFailure.Signature.Expired"} {
		w, source := &wire{answers: []answer{failure(401, code)}}, pair()
		err := client(t, w, source).StopInstances(t.Context(), []string{"a"})
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
		"is ZenlayerEndpoint right?":          {status: 404, body: "<html>"},
		"not JSON":                            {status: 200, body: "<html>"},
		"without a response":                  {status: 200, body: `{"requestId":"r"}`},
		"longer than an answer can be":        {status: 500, body: strings.Repeat(" ", maxFailure+1)},
	} {
		synctest.Test(t, func(t *testing.T) {
			err := client(t, &wire{answers: []answer{a}}, pair()).StopInstances(t.Context(), []string{"a"})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("HTTP %d", a.status)) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// slow is a Source that takes its time, and does not look at the context.
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
		if err := client(t, late, slow{pair(), 7 * time.Second}).StopInstances(t.Context(), []string{"a"}); err != nil {
			t.Error(err)
		}
	})
}

func TestASourceThatHangsMayPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		w := &wire{}
		err := client(t, w, slow{pair(), time.Hour}).StopInstances(ctx, []string{"a"})
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
		err := client(t, w, source).StopInstances(t.Context(), []string{"a"})
		if KindOf(err) != KindCredentials || source.forgets != 1 || len(w.sent) != 0 || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, forgot %d times, sent %d times", name, err, source.forgets, len(w.sent))
		}
	}
}

func TestWhatComesOverTheWireShowsNoCredential(t *testing.T) {
	cred := Credentials{AccessKeyID: "canary-key-id", AccessKeyPassword: canary + `"\`, Token: ""}
	token := Credentials{Token: canary}
	for name, c := range map[string]struct {
		cred   Credentials
		answer answer
	}{
		"the id in a message":      {cred, answer{status: 400, body: `{"code":"X","message":"no key canary-key-id here"}`}},
		"the password in a code":   {cred, answer{status: 400, body: `{"code":"canary-password-7c1e\"\\","message":"m"}`}},
		"a token in a request id":  {token, answer{status: 400, body: `{"code":"X","requestId":"` + canary + `"}`}},
		"a token in an error":      {token, answer{err: errors.New("malformed MIME header: Authorization " + canary)}},
		"a quoted password in one": {cred, answer{err: fmt.Errorf("malformed HTTP response %q", "echo "+canary+`"\`)}},
		"a header of the redirect": {token, answer{status: 307, header: http.Header{"Location": {"https://" + canary + "\x7f"}}}},
		"an error of the body":     {token, answer{status: 200, body: strings.Repeat(canary, 100)}},
	} {
		t.Run(name, func(t *testing.T) {
			err := client(t, &wire{answers: []answer{c.answer}}, &keys{all: []Credentials{c.cred}}).StopInstances(t.Context(), []string{"a"})
			text := strings.ToLower(fmt.Sprintf("%v %+v", err, fmt.Errorf("wrapped: %w", err)))
			if err == nil || strings.Contains(text, "canary") {
				t.Errorf("%s", text)
			}
		})
	}
}

func TestAValueThatHoldsAnotherIsHiddenWhole(t *testing.T) {
	for _, c := range []Credentials{
		{AccessKeyID: "12345678", AccessKeyPassword: "ab12345678cd"},
		{AccessKeyID: "ab12345678cd", AccessKeyPassword: "12345678"},
	} {
		if got := clean("short 12345678, long ab12345678cd", c); got != "short ***, long ***" {
			t.Error(got)
		}
	}
}

func TestAnErrorIsOneBoundedLineWhateverTheAnswerHolds(t *testing.T) {
	long := strings.Repeat("é", 5000)
	for name, body := range map[string]string{
		"line ends and escapes": `{"code":"A\nB","message":"a\r\nb\tc\u0000\u001b[31m\u202e","requestId":"r\n1"}`,
		"long texts":            `{"code":"` + long + `","message":"` + long + `","requestId":"` + long + `"}`,
		"bytes outside UTF-8":   "{\"code\":\"a\xff\",\"message\":\"\xff\",\"requestId\":\"\xff\"}",
	} {
		text := answered(400, body).Error()
		if n := utf8.RuneCountInString(text); n > 1000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: %d characters: %q", name, n, text)
		}
	}
	want := "zenlayer StopInstances: HTTP 400, A B, a b c [31m, request r 1"
	if got := answered(400, `{"code":"A\nB","message":"a\r\nb\tc\u0000\u001b[31m\u202e","requestId":"r\n1"}`).Error(); got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}
