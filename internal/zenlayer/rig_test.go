package zenlayer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const canary = "canary-password-7c1e"

// keys is a Source that counts what is asked of it.
type keys struct {
	mu      sync.Mutex
	all     []Credentials // the next one after each Forget; the last one stays
	err     error
	forgets int
}

func (k *keys) Credentials(context.Context) (Credentials, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[min(k.forgets, len(k.all)-1)], k.err
}

func (k *keys) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgets++
}

func pair() *keys {
	return &keys{all: []Credentials{{AccessKeyID: "id", AccessKeyPassword: canary}}}
}

// wire is a transport with a list of answers. It gives each in turn, and then the
// last one again and again.
type wire struct {
	mu      sync.Mutex
	answers []answer
	at      []time.Time
	sent    []*http.Request
	bodies  []string
}

type answer struct {
	status int
	body   string
	header http.Header
	err    error
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.answers[min(len(w.sent), len(w.answers)-1)]
	w.at, w.sent, w.bodies = append(w.at, time.Now()), append(w.sent, r), append(w.bodies, string(body))
	if a.err != nil {
		return nil, a.err
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func client(t testing.TB, w http.RoundTripper, source Source) *Client {
	t.Helper()
	c, err := New(Config{Endpoint: "https://zenlayer.test", Source: source, Transport: w, Jitter: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	accepted = `{"requestId":"r","response":{"requestId":"r"}}`
	nobody   = `{"requestId":"r","response":{"requestId":"r","totalCount":0,"dataSet":null}}`
)

func failure(status int, code string) answer {
	return answer{status: status, body: fmt.Sprintf(`{"requestId":"r-1","code":%q,"message":"m"}`, code)}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answered(status int, body string) error {
	_, err := read("StopInstances", &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, Credentials{}, time.Time{})
	return err
}
