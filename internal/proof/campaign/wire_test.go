package campaign

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"time"
)

// wire carries the calls of one function to the simulator and does to them what
// happens on the way: delays, refused connections, names that do not resolve,
// and the end of the process in the middle of a call.
type wire struct{ *lambda }

// RoundTrip sends one attempt.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.world.tried()
	w.world.keepsTo(w.owner)
	if most := w.world.latency; most > 0 {
		if err := delay(r.Context(), time.Duration(w.chance.Int64N(int64(most)))); err != nil {
			w.world.tryInVain(w.owner, r.Header.Get("X-ZC-Action"))
			return nil, err
		}
	}
	if w.world.happens(unreachable, w.owner, w.chance) {
		return nil, w.noConnection()
	}
	action := r.Header.Get("X-ZC-Action")
	w.mayCrash(action, false)
	resp, err := w.world.server.RoundTrip(r.WithContext(context.WithValue(r.Context(), senderKey{}, w.number)))
	w.mayCrash(action, true)
	if err == nil {
		w.world.hold(w.owner, resp)
	}
	return resp, err
}

// mayCrash ends the process, which is the goroutine of the handler, before or
// after a call of it.
func (f *lambda) mayCrash(action string, after bool) {
	if f.world.crashes(action, after, f.owner) {
		runtime.Goexit()
	}
}

func delay(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w wire) noConnection() error {
	if w.chance.IntN(3) == 0 {
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "zenlayer.invalid", IsNotFound: true}}
	}
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}
