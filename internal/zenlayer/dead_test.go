package zenlayer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// line is a network in memory, between a client and a server that takes any call.
type line struct {
	accepts chan net.Conn
	closed  chan struct{}

	mu    sync.Mutex
	conns []*deadly // the client's ends, in the order in which they were dialled
}

func (l *line) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepts:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *line) Close() error   { return nil }
func (l *line) Addr() net.Addr { return &net.TCPAddr{} }

func (l *line) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	conn := &deadly{Conn: ours, over: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, conn)
	l.accepts <- theirs
	return conn, nil
}

// die makes every connection that is open now one that takes bytes and never gives any,
// as when a NAT gateway has forgotten it while the function was frozen.
func (l *line) die() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		c.dead.Store(true)
	}
}

// deadly is a connection that can die without a word to its owner.
type deadly struct {
	net.Conn
	dead atomic.Bool
	over chan struct{}
	once sync.Once
}

func (d *deadly) Write(p []byte) (int, error) {
	if d.dead.Load() {
		return len(p), nil
	}
	return d.Conn.Write(p)
}

func (d *deadly) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	if d.dead.Load() {
		<-d.over
		return 0, net.ErrClosed
	}
	return n, err
}

func (d *deadly) Close() error {
	d.once.Do(func() { close(d.over) })
	return d.Conn.Close()
}

// certificate is one of a host of its own.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"zenlayer.test"}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// overLine runs a test of the transport of production over a line, with servers that
// speak these protocols, in virtual time.
func overLine(t *testing.T, protocols []string, test func(t *testing.T, l *line, c *Client)) {
	cert := certificate(t)
	synctest.Test(t, func(t *testing.T) {
		l := &line{accepts: make(chan net.Conn, 100), closed: make(chan struct{})}
		server := &http.Server{
			ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Hour,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: protocols},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if (r.ProtoMajor == 2) != slices.Contains(protocols, "h2") {
					t.Errorf("the call came with %s", r.Proto)
				}
				time.Sleep(time.Second) // virtual time: five calls side by side are under way at once
				_, _ = io.WriteString(w, nobody)
			}),
		}
		if !slices.Contains(protocols, "h2") {
			server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
		}
		go func() { _ = server.ServeTLS(l, "", "") }()
		transport := newTransport(l.dial)
		transport.Proxy, transport.TLSClientConfig = nil, &tls.Config{InsecureSkipVerify: true}
		test(t, l, client(t, transport, pair()))
		transport.CloseIdleConnections()
		close(l.closed)
		_ = server.Close()
	})
}

// A warm function is frozen between two runs, and finds that its connections have died
// meanwhile. Source: golang/go issues 30702 and 36026.
func TestACallGetsThroughWithinSecondsWhereTheConnectionHasDied(t *testing.T) {
	for _, protocol := range []string{"h2", "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			overLine(t, []string{protocol}, func(t *testing.T, l *line, c *Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
				defer cancel()
				sideBySide(t, 5, func() error { _, err := c.Describe(ctx, []string{"a"}); return err })
				l.die()
				begun := time.Now()
				if _, err := c.Describe(ctx, []string{"a"}); err != nil {
					t.Error(err)
				}
				if took := time.Since(begun); took > 10*time.Second {
					t.Errorf("the call got through after %s", took)
				}
			})
		})
	}
}

func TestAStopOnAConnectionThatHasDiedMayHaveLandedAndTheNextOneGetsThrough(t *testing.T) {
	for _, protocol := range []string{"h2", "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			overLine(t, []string{protocol}, func(t *testing.T, l *line, c *Client) {
				sideBySide(t, 5, func() error { return c.Ask(t.Context(), StopInstances, []string{"a"}) })
				l.die()
				if err := c.Ask(t.Context(), StopInstances, []string{"a"}); KindOf(err) != KindUnavailable || !MayHaveLanded(err) {
					t.Errorf("%v of kind %d, may have landed %v", err, KindOf(err), MayHaveLanded(err))
				}
				if err := c.Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestASlowAnswerOnALivingConnectionIsWaitedFor(t *testing.T) {
	overLine(t, []string{"h2"}, func(t *testing.T, l *line, c *Client) {
		c.cfg.Timeout = time.Minute
		if _, err := c.Describe(t.Context(), []string{"a"}); err != nil {
			t.Error(err)
		}
		time.Sleep(20 * time.Second) // virtual time: the connection is idle
		if _, err := c.Describe(t.Context(), []string{"a"}); err != nil || len(l.conns) != 1 {
			t.Errorf("%v, %d connections", err, len(l.conns))
		}
	})
}

func sideBySide(t *testing.T, n int, call func() error) {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = call() })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
