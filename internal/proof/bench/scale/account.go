package scale

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"zenstop/internal/proof/sim"
)

// account is a simulated Zenlayer on loopback whose every answer takes [Latency], and
// that answers [Rate] requests a second.
type account struct {
	url       string
	server    *http.Server
	simulator atomic.Pointer[sim.Server]
}

// open starts it. It has no fleet before populate.
func open(ctx context.Context) (*account, error) {
	a := new(account)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a.url = "http://" + listener.Addr().String()
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = a.server.Serve(listener) }() // ends with close
	return a, nil
}

func (a *account) close() { _ = a.server.Close() }

// populate replaces the fleet by n instances that stop in [StopTakes]. The simulator
// answers perSecond requests a second, and all of them where that is 0.
func (a *account) populate(n, perSecond int) error {
	s, err := sim.New(sim.Options{Scenario: sim.Scenario{
		RequestsPerSecond: perSecond, Latency: Latency,
		Generate: []sim.Generate{{
			Prefix: "bench-instance-", Count: n, // with the number, ids of about 20 characters
			Like: sim.Instance{Tags: map[string]string{tag: "scale"}, StopTakes: StopTakes},
		}},
	}})
	if err == nil {
		a.simulator.Store(s)
	}
	return err
}

// ServeHTTP hands a request to the simulator.
func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.simulator.Load().ServeHTTP(w, r)
}

// point is what the simulator saw of a run for n instances that has ended.
func (a *account) point(n int) (Point, error) {
	all := a.simulator.Load().Requests()
	slices.SortStableFunc(all, func(a, b sim.Request) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	last := -1
	for i, r := range all {
		if r.Action == sim.ActionStop && r.Accepted {
			last = i
		}
	}
	if last < 0 {
		return Point{}, errors.New("no stop request was accepted")
	}
	p := Point{Instances: n, Calls: last + 1, Took: all[last].At.Sub(all[0].At), AllCalls: len(all)}
	for i, r := range all {
		if r.Status != http.StatusTooManyRequests {
			continue
		}
		p.AllThrottled++
		if i <= last {
			p.Throttled++
		}
	}
	return p, nil
}
