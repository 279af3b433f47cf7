package zenlayer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// dialer opens a connection, as [net.Dialer.DialContext] does.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport returns the transport of production, over the connections of dial.
func newTransport(dial dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSHandshakeTimeout:    4 * time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    10, // for calls side by side; else all but two connections would be closed after each round
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTakes},
	}
}

// A connection may die without a word while a warm function is frozen. HTTP/2 would send
// one call after the other on it, for minutes; so it is asked with a ping whether it
// lives, within the time of one attempt. Of HTTP/1.1, and of what is idle, an attempt
// without an answer is the sign: see [Client.abandon].
// Source: golang/go issues 30702 and 36026.
const (
	pingAfter = 3 * time.Second // without a frame from the other side
	pingTakes = 2 * time.Second
)

// abandon closes the idle connections after an attempt to which no whole answer came.
// Other connections of the same age may have died with its own, and each would cost
// another attempt.
func (c *Client) abandon(err error) {
	e, broken := errors.AsType[*APIError](err)
	lost, ok := errors.AsType[*callError](err)
	if broken && e.broken || ok && lost.landed {
		c.http.CloseIdleConnections()
	}
}

// flight records how far one attempt came, so that a failure can say whether
// Zenlayer may have received the call.
type flight struct {
	waited atomic.Bool // the transport began to look for a connection
	left   atomic.Bool // it had one, with the TLS handshake done
}

// watch returns a context that makes the transport report to f.
func (f *flight) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { f.waited.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { f.left.Store(true) },
	})
}

// lost is the error of a call that got no answer, because of err.
func (f *flight) lost(action string, err error, cred Credentials) error {
	what := "no answer"
	if misdirected(err) {
		what = "the endpoint fails TLS; is ZenlayerEndpoint right?"
	}
	text := clean(fmt.Sprintf("zenlayer %s: %s: %v", action, what, err), cred)
	return &callError{kind: KindUnavailable, landed: f.mayHaveLanded(err), text: text, err: err}
}

// mayHaveLanded is false only where the call was surely not sent: no connection came
// about, or it failed in the handshake. A transport that reports nothing may have sent it.
func (f *flight) mayHaveLanded(err error) bool {
	if f.left.Load() {
		return true
	}
	if f.waited.Load() || misdirected(err) {
		return false
	}
	op, ok := errors.AsType[*net.OpError](err)
	_, dns := errors.AsType[*net.DNSError](err)
	return !dns && (!ok || op.Op != "dial")
}

// misdirected reports whether something else than Zenlayer seems to listen at the
// endpoint: its certificate is not valid, or it does not speak TLS. That may pass,
// since certificates are renewed, and proxies repaired.
func misdirected(err error) bool {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	return unverified || authority || name || invalid || plain || errors.Is(err, http.ErrSchemeMismatch)
}

// ended adds the error of a context that has ended, where err does not wrap it.
func ended(ctx context.Context, err error) error {
	if over := ctx.Err(); over != nil && !errors.Is(err, over) {
		return fmt.Errorf("%w (%w)", err, over)
	}
	return err
}
