package sim

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"strconv"
)

var _ http.RoundTripper = (*Server)(nil)

// RoundTrip answers a client's request without a socket. It therefore works in a
// testing/synctest bubble, and it is cheap. Where a fault leaves a request without
// an answer, RoundTrip returns the error of the request's context; where a fault
// breaks the connection, [io.ErrUnexpectedEOF]; where what answers does not speak
// TLS, a [tls.RecordHeaderError].
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	seen := *r // a server always finds the host in Host; a client may leave that empty
	if seen.Host == "" {
		seen.Host = r.URL.Host
	}
	a := s.serve(&seen)
	s.hold(r.Context(), a)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a.notTLS {
		return nil, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
	}
	if a.silent || a.broken {
		return nil, io.ErrUnexpectedEOF
	}
	return a.response(r), nil
}

func (a answer) response(r *http.Request) *http.Response {
	return &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        a.headers(),
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
		Request:       r,
	}
}
