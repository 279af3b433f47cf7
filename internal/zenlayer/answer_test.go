package zenlayer

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

// endless is a body without an end.
type endless struct {
	read   int
	closed bool
}

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

func TestABodyWithoutAnEndIsReadUpToTheLimitAndClosed(t *testing.T) {
	for status, bound := range map[int]int{200: maxAnswer, 201: maxFailure, 400: maxFailure, 503: maxFailure} {
		synctest.Test(t, func(t *testing.T) {
			var bodies []*endless
			w := roundTripper(func(r *http.Request) (*http.Response, error) {
				bodies = append(bodies, &endless{})
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: bodies[len(bodies)-1], ContentLength: 1 << 40, Request: r}, nil
			})
			if err := client(t, w, pair()).Ask(t.Context(), StopInstances, []string{"a"}); !errors.As(err, new(*APIError)) {
				t.Errorf("HTTP %d: %v", status, err)
			}
			for _, body := range bodies {
				if body.read > bound+1+maxDrain || !body.closed {
					t.Errorf("HTTP %d: %d bytes read, closed %v", status, body.read, body.closed)
				}
			}
		})
	}
}

// Half an answer is no answer of the API, so it says nothing about the request. The
// status is shown all the same.
func TestAnAnswerThatBreaksOffKeepsItsStatus(t *testing.T) {
	for status, want := range map[int]struct {
		kind   Kind
		landed bool
	}{
		200: {KindUnavailable, true},
		302: {KindUnavailable, true},
		400: {KindUnavailable, true},
		401: {KindUnavailable, true},
		404: {KindUnavailable, true},
		429: {KindThrottled, false},
		503: {KindUnavailable, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := roundTripper(func(r *http.Request) (*http.Response, error) {
				body := io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: body, Request: r}, nil
			})
			err := client(t, w, pair()).Ask(t.Context(), StopInstances, []string{"a"})
			e, ok := errors.AsType[*APIError](err)
			if !ok || e.Status != status || KindOf(err) != want.kind || MayHaveLanded(err) != want.landed {
				t.Errorf("HTTP %d: %v of kind %d, may have landed %v; want %d, %v", status, err, KindOf(err), MayHaveLanded(err), want.kind, want.landed)
			}
		})
	}
}

func TestARejectionThatIsCutHalfWayIsNotFinal(t *testing.T) {
	const whole = `{"requestId":"T1","code":"INVALID_INSTANCE_NOT_FOUND","message":"An instance does not exist."}`
	for n := 1; n < len(whole); n++ {
		if err := answered(http.StatusNotFound, whole[:n]); KindOf(err) != KindUnavailable || !MayHaveLanded(err) {
			t.Fatalf("cut after %d bytes: kind %d, may have landed %v; want one that may pass, perhaps with effect", n, KindOf(err), MayHaveLanded(err))
		}
	}
	if err := answered(http.StatusNotFound, whole); KindOf(err) != KindTarget {
		t.Errorf("the whole answer: %v", err)
	}
	if err := answered(http.StatusNotFound, "<html>no such page</html>"); KindOf(err) != KindUnavailable {
		t.Errorf("a page that is no answer of the API: %v", err)
	}
}

func TestAnAnswerThatIsTooLongIsAnError(t *testing.T) {
	fits := answer{status: 200, body: strings.Repeat(" ", maxAnswer-len(accepted)) + accepted}
	if err := client(t, &wire{answers: []answer{fits}}, pair()).Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
		t.Errorf("an answer of %d bytes: %v", len(fits.body), err)
	}
	huge := " " + fits.body
	err := client(t, &wire{answers: []answer{{status: 200, body: huge}}}, pair()).Ask(t.Context(), StopInstances, []string{"a"})
	if KindOf(err) != KindUnavailable {
		t.Errorf("an answer of %d bytes: %v", len(huge), err)
	}
	long := answer{status: 400, body: `{"code":"X","message":"` + strings.Repeat("m", 5000) + `\n"}`}
	err = client(t, &wire{answers: []answer{long}}, pair()).Ask(t.Context(), StopInstances, []string{"a"})
	if n := len(err.Error()); n > 500 || strings.Contains(err.Error(), "\n") {
		t.Errorf("the message has %d bytes", n)
	}
}
