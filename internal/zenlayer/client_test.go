package zenlayer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
)

func TestEveryAnswerIsOfItsKind(t *testing.T) {
	html := func(status int) answer { return answer{status: status, body: "<html>no</html>"} }
	cases := map[string]struct {
		answer answer
		want   Kind
		landed bool
	}{
		"throttled by code":      {failure(400, "REQUEST_LIMIT_EXCEEDED"), KindThrottled, false},
		"throttled by status":    {html(429), KindThrottled, false},
		"internal error":         {failure(500, "INTERNAL_SERVER_ERROR"), KindUnavailable, true},
		"unavailable":            {failure(503, "SERVICE_TEMPORARY_UNAVAILABLE"), KindUnavailable, true},
		"timed out":              {failure(504, "REQUEST_TIMED_OUT"), KindUnavailable, true},
		"a proxy's 502":          {html(502), KindUnavailable, true},
		"invalid authorization":  {failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION"), KindCredentials, false},
		"signature failure":      {failure(403, "AUTHFAILURE_SIGNATURE_FAILURE"), KindCredentials, false},
		"a bare 401":             {html(401), KindUnavailable, true},
		"signature expired":      {failure(401, "AUTHFAILURE_SIGNATURE_EXPIRED"), KindRejected, false},
		"no permission":          {failure(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"), KindRejected, false},
		"missing parameter":      {failure(400, "MISSING_PARAMETER"), KindRejected, false},
		"not found":              {failure(404, "INVALID_INSTANCE_NOT_FOUND"), KindTarget, false},
		"not found, old words":   {failure(404, "Invalid.Instance.Not.Found"), KindTarget, false},
		"resource not found":     {failure(404, "OPERATION_FAILED_RESOURCE_NOT_FOUND"), KindTarget, false},
		"recycled":               {failure(403, "OPERATION_DENIED_INSTANCE_RECYCLED"), KindTarget, false},
		"not running, old words": {failure(403, "Operation.Denied.Instance.Not.Running"), KindTarget, false},
		"a Cloudflare challenge": {answer{403, "<html>", http.Header{"Cf-Mitigated": {"challenge"}}, nil}, KindUnavailable, true},
		"another HTML 403":       {html(403), KindUnavailable, true},
		"451":                    {html(451), KindUnavailable, true},
		"a 404 of nobody's":      {html(404), KindUnavailable, true},
		"a redirect":             {answer{302, "", http.Header{"Location": {"https://elsewhere.test"}}, nil}, KindUnavailable, true},
		"200 without response":   {answer{200, `{"requestId":"r"}`, nil, nil}, KindUnavailable, true},
		"200 with response null": {answer{200, `{"response":null}`, nil, nil}, KindUnavailable, true},
		"200 with a code":        {failure(200, "OPERATION_DENIED_INSTANCE_RECYCLED"), KindTarget, false},
		"200 that is not JSON":   {html(200), KindUnavailable, true},
		"no connection":          {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, KindUnavailable, false},
		"no such host":           {answer{err: &net.DNSError{Err: "no such host"}}, KindUnavailable, false},
		"a broken connection":    {answer{err: io.ErrUnexpectedEOF}, KindUnavailable, true},
		"a bad certificate":      {answer{err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, KindUnavailable, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := client(t, &wire{answers: []answer{c.answer}}, pair()).Ask(t.Context(), StopInstances, []string{"a"})
				if got := KindOf(fmt.Errorf("wrapped: %w", err)); got != c.want || MayHaveLanded(err) != c.landed {
					t.Errorf("%v: kind %d, may have landed %v; want %d, %v", err, got, MayHaveLanded(err), c.want, c.landed)
				}
			})
		})
	}
	if KindOf(nil) != KindNone || KindOf(errors.New("x")) != KindUnknown {
		t.Error("nil or a stranger is of the wrong kind")
	}
}

func TestATokenIsSentAsBearerWithoutASignature(t *testing.T) {
	w := &wire{answers: []answer{{status: 200, body: accepted}}}
	if err := client(t, w, &keys{all: []Credentials{{Token: "tok"}}}).Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	h := w.sent[0].Header
	if h.Get("Authorization") != "Bearer tok" || h.Get("X-Zc-Timestamp") != "" || h.Get("X-Zc-Signature-Method") != "" {
		t.Errorf("headers %v", h)
	}
}

func TestWhatWouldListTheWholeAccountIsNotSent(t *testing.T) {
	w := &wire{answers: []answer{{status: 200, body: nobody}}}
	c := client(t, w, pair())
	_, noIDs := c.Describe(t.Context(), nil)
	_, tooMany := c.Describe(t.Context(), make([]string, 101))
	_, noFilter := c.List(t.Context(), Filter{}, 1, 1000)
	for _, err := range []error{noIDs, tooMany, noFilter, c.Ask(t.Context(), StopInstances, nil)} {
		if KindOf(err) != KindRejected {
			t.Errorf("error %v", err)
		}
	}
	if len(w.sent) != 0 {
		t.Errorf("%d requests were sent", len(w.sent))
	}
	most := slices.Repeat([]string{"a"}, MaxIDs)
	if err := c.Ask(t.Context(), StopInstances, most); err != nil || len(w.sent) != 1 {
		t.Errorf("%d ids: error %v", len(most), err)
	}
}

func ExampleClient_Ask() {
	answers := &wire{answers: []answer{{status: 200, body: accepted}}}
	client, err := New(Config{Endpoint: "https://console.zenlayer.com", Source: pair(), Transport: answers})
	if err != nil {
		panic(err)
	}
	err = client.Ask(context.Background(), StopInstances, []string{"instanceId1", "instanceId2"})
	fmt.Println(err, answers.bodies[0])
	// Output: <nil> {"instanceIds":["instanceId1","instanceId2"]}
}
