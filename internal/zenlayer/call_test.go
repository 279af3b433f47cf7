package zenlayer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestDescribeIsTriedAgainWithBackOffAndANewSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []answer{failure(503, "X"), {err: io.ErrUnexpectedEOF}, failure(429, "X"), {status: 200, body: nobody}}}
		begun := time.Now()
		if _, err := client(t, w, pair()).Describe(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{0, 300, 900, 2100} {
			if got := w.at[i].Sub(begun); got != want*time.Millisecond {
				t.Errorf("attempt %d after %s, want %s", i+1, got, want*time.Millisecond)
			}
		}
		first, last := w.sent[0].Header, w.sent[3].Header
		if first.Get("X-Zc-Timestamp") == last.Get("X-Zc-Timestamp") || first.Get("Authorization") == last.Get("Authorization") {
			t.Error("the last attempt carries the first one's signature")
		}
		if want := `{"instanceIds":["a"],"pageNum":1,"pageSize":100}`; w.bodies[3] != want {
			t.Errorf("body %s, want %s", w.bodies[3], want)
		}
	})
}

func TestAStopIsSentAgainOnlyWhereItSurelyHadNoEffect(t *testing.T) {
	for name, c := range map[string]struct {
		first answer
		want  int
	}{
		"throttled":        {failure(429, "X"), 2},
		"refused":          {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, 2},
		"5xx":              {failure(500, "X"), 1},
		"lost answer":      {answer{err: io.ErrUnexpectedEOF}, 1},
		"no response":      {answer{status: 200, body: `{}`}, 1},
		"a page":           {answer{status: 404, body: "<html>"}, 1},
		"a bare 401":       {answer{status: 401, body: ""}, 1},
		"a challenge":      {answer{status: 403, body: "<html>"}, 1},
		"instance at hand": {failure(404, "INVALID_INSTANCE_NOT_FOUND"), 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answers: []answer{c.first, {status: 200, body: accepted}}}
			err := client(t, w, pair()).Ask(t.Context(), StopInstances, []string{"a"})
			if len(w.sent) != c.want || (err == nil) != (c.want == 2) {
				t.Errorf("%s: sent %d times, want %d; error %v", name, len(w.sent), c.want, err)
			}
		})
	}
}

func TestAnAnswerThatNeverComesIsCutOffAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := client(t, hang, pair()).Describe(ctx, []string{"a"})
		if took := time.Since(begun); sent != 3 || took != 20*time.Second || KindOf(err) != KindUnavailable || !MayHaveLanded(err) {
			t.Errorf("%d attempts in %s, %v; want 3 in 20 s", sent, took, err)
		}
	})
}

func TestRetriesEndWithTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, begun := &wire{answers: []answer{failure(503, "X"), failure(503, "X"), failure(503, "X"), failure(502, "Y"), {status: 200, body: nobody}}}, time.Now()
		_, err := client(t, w, pair()).Describe(t.Context(), []string{"a"})
		e, ok := errors.AsType[*APIError](err)
		if took := time.Since(begun); !ok || e.Status != 502 || e.Code != "Y" || len(w.sent) != 4 || took != 2100*time.Millisecond {
			t.Errorf("%d attempts in %s, then %v", len(w.sent), took, err)
		}
	})
}

func TestDescribeIsNotTriedAgainWhereThatCannotHelp(t *testing.T) {
	for name, c := range map[string]struct {
		first answer
		sent  int
	}{
		"our request is wrong":       {failure(400, "INVALID_PARAMETER_TYPE"), 1},
		"an instance is unknown":     {failure(404, "INVALID_INSTANCE_NOT_FOUND"), 1},
		"no permission":              {failure(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"), 1},
		"not implemented":            {failure(501, "X"), 1},
		"a page that says 501":       {answer{status: 501, body: "<html>"}, 4},
		"a page that says 404":       {answer{status: 404, body: "<html>"}, 4},
		"a page that says 401":       {answer{status: 401, body: "<html>"}, 4},
		"a redirect":                 {answer{status: 302}, 4},
		"another API's code":         {answer{status: 400, body: `{"code":"bad_request"}`}, 4},
		"a page without totalCount":  {answer{status: 200, body: accepted}, 4},
		"a page of another shape":    {answer{status: 200, body: `{"response":{"totalCount":"1"}}`}, 4},
		"a challenge":                {answer{status: 403, body: "<html>"}, 4},
		"a time-out":                 {answer{status: 408, body: ""}, 4},
		"a connection that breaks":   {answer{err: io.ErrUnexpectedEOF}, 4},
		"a page that is no response": {answer{status: 204}, 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answers: []answer{c.first}}
			if _, err := client(t, w, pair()).Describe(t.Context(), []string{"a"}); len(w.sent) != c.sent || err == nil {
				t.Errorf("%s: sent %d times, want %d; error %v", name, len(w.sent), c.sent, err)
			}
		})
	}
}
