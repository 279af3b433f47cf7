package zenlayer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestAnErrorShowsNoCredentialThatTheAnswerEchoes(t *testing.T) {
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
			err := client(t, &wire{answers: []answer{c.answer}}, &keys{all: []Credentials{c.cred}}).Ask(t.Context(), StopInstances, []string{"a"})
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
	want := "zenlayer StopInstances: HTTP 400, a b c [31m; not an answer of the API; is ZenlayerEndpoint right?, request r 1"
	if got := answered(400, `{"code":"A\nB","message":"a\r\nb\tc\u0000\u001b[31m\u202e","requestId":"r\n1"}`).Error(); got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestNoCredentialIsEverPrinted(t *testing.T) {
	echo := answer{status: 400, body: `{"code":"X","message":"bad password ` + canary + `","requestId":"` + canary + `"}`}
	err := client(t, &wire{answers: []answer{echo}}, pair()).Ask(t.Context(), StopInstances, []string{"a"})
	c := Credentials{AccessKeyID: "id", AccessKeyPassword: canary, Token: canary}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "credentials", c, "secret", c.Token, "error", err)
	encoded, jsonErr := json.Marshal(c)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %v %s %s", c, c, c, c.Token, err, log.String(), encoded)
	if strings.Contains(shown, canary) {
		t.Errorf("a credential shows: %s", strings.ReplaceAll(shown, canary, "<HERE>"))
	}
	if !strings.Contains(shown, "bad password ***") {
		t.Errorf("the message is gone: %v", err)
	}
}
