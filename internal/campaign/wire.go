package campaign

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"syscall"
	"time"

	"zenstop/internal/sim"
)

// wire carries the calls of one function to the simulator and does to them what
// happens on the way: delays, refused connections, names that do not resolve,
// and the end of the process in the middle of a call.
type wire struct {
	world  *world
	chance *rand.Rand
	sender int // a number for the function
}

// crashed is what a process that ends in the middle of its work panics with.
type crashed struct{}

// RoundTrip sends one attempt.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.world.tried()
	if w.world.latency > 0 {
		if err := w.delay(r.Context(), time.Duration(w.chance.Int64N(int64(w.world.latency)))); err != nil {
			return nil, err
		}
	}
	if w.world.in(w.world.unreachable) {
		return nil, w.noConnection()
	}
	stop := r.Header.Get("X-ZC-Action") == sim.ActionStop
	if w.world.crashes(stop, false) {
		panic(crashed{})
	}
	if r.Context().Err() == nil { // else it is not received
		w.world.received(w.sender)
	}
	resp, err := w.world.server.RoundTrip(r)
	if w.world.crashes(stop, true) {
		panic(crashed{})
	}
	return resp, err
}

func (w *wire) delay(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *wire) noConnection() error {
	if w.chance.IntN(3) == 0 {
		w.world.count("noSuchHost")
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "zenlayer.invalid", IsNotFound: true}}
	}
	w.world.count("connectionRefused")
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

var errStart = errors.New("start execution: service unavailable")
