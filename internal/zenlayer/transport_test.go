package zenlayer

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stopAt sends one StopInstances to an endpoint through the default transport, once.
func stopAt(t *testing.T, endpoint string) error {
	t.Helper()
	c, err := New(Config{Endpoint: endpoint, Source: pair(), Retry: RetryPolicy{Attempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Ask(t.Context(), StopInstances, []string{"a"})
}

// port opens a free port of this machine.
func port(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// listen hands each connection to serve, and gives its address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l := port(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// These calls go over real sockets, because the reports of the standard transport are
// part of what is tested.
func TestALostConnectionSaysWhetherTheCallMayHaveLanded(t *testing.T) {
	nobodyThere := listen(t, func(net.Conn) {})
	closed := port(t)
	refusing := closed.Addr().String()
	_ = closed.Close()
	hangsUp := listen(t, func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) })
	breaksOff := listen(t, func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+accepted)
	})
	plain := listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") })
	noTLS := listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "220 mail.example ESMTP\r\n") })
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	defer unknown.Close()

	for name, c := range map[string]struct {
		endpoint string
		want     Kind
		landed   bool
	}{
		"nobody listens":            {"http://" + refusing, KindUnavailable, false},
		"ends during the handshake": {"https://" + nobodyThere, KindUnavailable, false},
		"an unknown authority":      {unknown.URL, KindUnavailable, false},
		"no TLS but HTTP":           {"https://" + plain, KindUnavailable, false},
		"no TLS at all":             {"https://" + noTLS, KindUnavailable, false},
		"ends after the request":    {"http://" + hangsUp, KindUnavailable, true},
		"ends within the answer":    {"http://" + breaksOff, KindUnavailable, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := stopAt(t, c.endpoint)
			if KindOf(err) != c.want || MayHaveLanded(err) != c.landed {
				t.Errorf("%v: kind %d, may have landed %v; want %d, %v", err, KindOf(err), MayHaveLanded(err), c.want, c.landed)
			}
		})
	}
}

// A certificate expires and is renewed, and a proxy in front of the API may come and go.
func TestACertificateErrorMayPassAndIsTriedAgainAndSaysWhatToCheck(t *testing.T) {
	for _, err := range []error{x509.UnknownAuthorityError{}, x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}, x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answers: []answer{{err: err}}}
			got := client(t, w, pair()).Ask(t.Context(), StopInstances, []string{"a"})
			if KindOf(got) != KindUnavailable || MayHaveLanded(got) || len(w.sent) != 4 || !strings.Contains(got.Error(), "ZenlayerEndpoint") || !strings.Contains(got.Error(), strings.TrimRight(err.Error(), ": ")) {
				t.Errorf("%v, sent %d times", got, len(w.sent))
			}
		})
	}
}

// A record that is no TLS can also come in the middle of a connection.
func TestATLSFailureAfterTheRequestWentOutSaysNothingAboutIt(t *testing.T) {
	var f flight
	f.waited.Store(true)
	f.left.Store(true)
	if err := f.lost(string(StopInstances), tls.RecordHeaderError{Msg: "oversized record"}, Credentials{}); KindOf(err) != KindUnavailable || !MayHaveLanded(err) {
		t.Errorf("%v of kind %d, may have landed %v", err, KindOf(err), MayHaveLanded(err))
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		err := stopAt(t, server.URL)
		server.Close()
		if KindOf(err) != KindUnavailable || !MayHaveLanded(err) || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestTheErrorOfAnEndedContextIsWrapped(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, errors.New("broken pipe") // a transport that does not say why
	})
	halfway := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(untilDone{r.Context()})}, nil
	})
	for name, w := range map[string]http.RoundTripper{"no answer": hang, "half an answer": halfway} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			begun := time.Now()
			err := client(t, w, pair()).Ask(ctx, StopInstances, []string{"a"})
			if took := time.Since(begun); took != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) || KindOf(err) != KindUnavailable || !MayHaveLanded(err) {
				t.Errorf("%s: after %s: %v of kind %d, may have landed %v", name, took, err, KindOf(err), MayHaveLanded(err))
			}
		})
	}
}

// untilDone is a body that never comes.
type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, errors.New("broken pipe")
}

func TestAnAttemptThatRunsOutOfTimeSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		begun := time.Now()
		err := client(t, hang, pair()).Ask(t.Context(), StopInstances, []string{"a"})
		if took := time.Since(begun); took != 8*time.Second || !strings.Contains(err.Error(), "none within 8s") || strings.Contains(err.Error(), "http") {
			t.Errorf("after %s: %v", took, err)
		}
	})
}
