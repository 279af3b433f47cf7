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
)

// flight watches one attempt leave, so that a failure can tell whether Zenlayer
// may have got the call.
type flight struct{ waited, left atomic.Bool }

// watch makes the transport report when it has a connection that is ready,
// the TLS handshake included. A transport that reports nothing is not trusted.
func (f *flight) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { f.waited.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { f.left.Store(true) },
	})
}

// lost makes an error of what the transport returned instead of an answer.
func (f *flight) lost(action string, err error, cred Credentials) error {
	e := &callError{kind: KindUnavailable, landed: f.mayHaveLanded(err), err: err}
	text := "no answer"
	if misdirected(err) {
		e.kind, e.landed, text = KindRejected, false, "the endpoint fails TLS; is ZenlayerEndpoint right?"
	}
	e.text = clean(fmt.Sprintf("zenlayer %s: %s: %v", action, text, err), cred)
	return e
}

// mayHaveLanded is false only where the call surely did not leave.
func (f *flight) mayHaveLanded(err error) bool {
	if f.waited.Load() && !f.left.Load() {
		return false
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return false
	}
	_, dns := errors.AsType[*net.DNSError](err)
	return !dns
}

// misdirected reports whether what listens at the endpoint is not what it should
// be: its certificate is bad, or it speaks no TLS. Asking again does not mend that.
func misdirected(err error) bool {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	return unverified || authority || name || invalid || plain || errors.Is(err, http.ErrSchemeMismatch)
}

// ended adds that the caller's context is over, where err does not say so.
func ended(ctx context.Context, err error) error {
	if over := ctx.Err(); over != nil && !errors.Is(err, over) {
		return fmt.Errorf("%w (%w)", err, over)
	}
	return err
}
