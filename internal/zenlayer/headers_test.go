package zenlayer

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// signedFor reports whether a request has the signature that a server would compute
// for it, with the key of pair.
func signedFor(t *testing.T, r *http.Request) bool {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	seconds, err := strconv.ParseInt(r.Header.Get("X-ZC-Timestamp"), 10, 64)
	if err != nil {
		t.Error(err)
	}
	want := authorization(pair().all[0], r.Header.Get("Content-Type"), r.Host, body, time.Unix(seconds, 0))
	return r.Header.Get("Authorization") == want
}

func TestARequestHasTheVendorsHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []answer{{status: 200, body: nobody}}}
		if _, err := client(t, w, pair()).Describe(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		r := w.sent[0]
		for name, want := range map[string]string{
			"Content-Type": "application/json", "X-ZC-Action": "DescribeInstances", "X-ZC-Version": "2026-02-01", "x-zc-service": "bmc",
			"x-zc-request-client": "zenstop", "X-ZC-Signature-Method": "ZC2-HMAC-SHA256", "X-ZC-Timestamp": "946684800", // where a bubble's time begins
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if r.Method != http.MethodPost || r.URL.String() != "https://zenlayer.test/api/v2/bmc" || r.Host != "zenlayer.test" {
			t.Errorf("%s %s, Host %s", r.Method, r.URL, r.Host)
		}
		r.Body = io.NopCloser(strings.NewReader(w.bodies[0]))
		if !signedFor(t, r) {
			t.Errorf("signed otherwise: %s", r.Header.Get("Authorization"))
		}
	})
}

func TestAnyChangedByteChangesTheSignature(t *testing.T) {
	cred := Credentials{AccessKeyID: "id", AccessKeyPassword: "password"}
	host, body, at := "console.zenlayer.com", []byte(`{"instanceIds":["a"]}`), time.Unix(1_700_000_000, 0)
	seen := map[string]string{authorization(cred, contentType, host, body, at): "as it was"}
	check := func(what, header string) {
		if before, ok := seen[header]; ok {
			t.Errorf("%s signs as %s", what, before)
		}
		seen[header] = what
	}
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 1
		return b
	}
	for i := range body {
		check("body byte "+strconv.Itoa(i), authorization(cred, contentType, host, flip(body, i), at))
	}
	for i := range host {
		check("host byte "+strconv.Itoa(i), authorization(cred, contentType, string(flip([]byte(host), i)), body, at))
	}
	for i := range contentType {
		check("type byte "+strconv.Itoa(i), authorization(cred, string(flip([]byte(contentType), i)), host, body, at))
	}
	for i := range cred.AccessKeyPassword {
		other := Credentials{AccessKeyID: "id", AccessKeyPassword: Secret(flip([]byte(cred.AccessKeyPassword), i))}
		check("password byte "+strconv.Itoa(i), authorization(other, contentType, host, body, at))
	}
	check("a second later", authorization(cred, contentType, host, body, at.Add(time.Second)))
}
