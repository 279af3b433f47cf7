package start

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// runtimeAPI is Lambda's side of the runtime API: it hands out events and takes the
// answers. Source: the AWS page "Using the Lambda runtime API for custom runtimes".
type runtimeAPI struct {
	asked   chan time.Time // when each request for work arrived
	events  chan []byte
	answers chan []byte // what the function makes of each event: its result, or its error
}

func newRuntimeAPI() *runtimeAPI {
	return &runtimeAPI{asked: make(chan time.Time), events: make(chan []byte), answers: make(chan []byte)}
}

// ServeHTTP implements [http.Handler].
func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	const invocation = "/2018-06-01/runtime/invocation/"
	switch r.Method + " " + r.URL.Path {
	case "GET " + invocation + "next":
		a.next(w, r, now)
	case "POST " + invocation + "1/response", "POST " + invocation + "1/error":
		a.take(w, r)
	default:
		http.NotFound(w, r)
	}
}

// next waits for an event, as Lambda does.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request, now time.Time) {
	select {
	case a.asked <- now:
	case <-r.Context().Done():
		return
	}
	select {
	case event := <-a.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(now.Add(time.Minute).UnixMilli()))
		_, _ = w.Write(event) // where the process is gone, that is noticed elsewhere
	case <-r.Context().Done():
	}
}

func (a *runtimeAPI) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	select {
	case a.answers <- body:
	case <-r.Context().Done():
	}
}

// server is an HTTP server on a free port of the loopback address.
type server struct {
	http.Server
	address string // host:port
}

// serve starts a server, which the caller closes. The hook may be nil.
func serve(ctx context.Context, h http.Handler, hook func(net.Conn, http.ConnState)) (*server, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{Server: http.Server{Handler: h, ConnState: hook, ReadHeaderTimeout: 10 * time.Second}, address: l.Addr().String()}
	go s.Serve(l) //nolint:errcheck // it always ends with http.ErrServerClosed
	return s, nil
}
