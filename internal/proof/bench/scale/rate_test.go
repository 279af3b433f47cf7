package scale

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
	"zenstop/statemachine"
)

// The parts of a large run know nothing of each other, and share one rate. When they begin,
// and so which of them is throttled, is left to chance.
func TestTheLargestRunSoonStopsAllAndMakesFewCallsInVainUnderTheRate(t *testing.T) {
	const n, most, longest = 10_000, 235, 1.4
	for _, limit := range []string{"window", "bucket"} {
		for seed := range seeds() {
			t.Run(fmt.Sprint(limit, " ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := carryOut(t, n, seed, limit)
					t.Logf("%d calls until the last stop is accepted, %d of them throttled, in %.2f of the ideal time; %d calls in all", p.Calls, p.Throttled, p.Ratio(), p.AllCalls)
					if p.Calls > most || p.Ratio() > longest {
						t.Errorf("want %d calls at most, in %.2f of the ideal time", most, longest)
					}
				})
			})
		}
	}
}

// bucket lets as many requests through as its tokens, which come at the rate, and refuses
// the rest; the simulator counts in windows of one second. Which of them Zenlayer does is not known.
type bucket struct {
	*sim.Server
	tokens  *rate.Limiter
	refused atomic.Int64
	until   atomic.Int64 // how many were refused up to the last stop
}

func (b *bucket) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.tokens.Allow() {
		if r.Header.Get("X-ZC-Action") == sim.ActionStop {
			b.until.Store(b.refused.Load())
		}
		return b.Server.RoundTrip(r)
	}
	b.refused.Add(1)
	time.Sleep(Latency) // virtual time
	body := io.NopCloser(strings.NewReader(`{"code":"REQUEST_LIMIT_EXCEEDED"}`))
	return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}, Body: body, Request: r}, nil
}

// seeds is how many runs of each kind are carried out: one, or what SEEDS says.
func seeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("SEEDS"), 10, 64); err == nil {
		return n
	}
	return 1
}

// functions are those of the run, in virtual time.
type functions struct {
	t    *testing.T
	wire http.RoundTripper // to the simulator

	mu     sync.Mutex
	chance *rand.Rand
	warm   map[string][]runs.Runner // copies of each function that wait for work
}

// carryOut carries out a run for n instances. The seed decides what is left to chance.
func carryOut(t *testing.T, n int, seed uint64, limit string) Point {
	t.Helper()
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	perSecond := Rate
	if limit == "bucket" {
		perSecond = 0
	}
	server, err := sim.New(sim.Options{Scenario: scenario(perSecond, n)})
	if err != nil {
		t.Fatal(err)
	}
	front := &bucket{Server: server, tokens: rate.NewLimiter(Rate, Rate)}
	c := &functions{t: t, wire: server, chance: rand.New(rand.NewPCG(seed, 0)), warm: map[string][]runs.Runner{}}
	if limit == "bucket" {
		c.wire = front
	}
	services := cloud.AWS{Machine: machine, Invoke: c.invoke}
	doc, err := json.Marshal(runs.New(runs.Request{
		Action: power.Stop,
		Name:   "schedule-1", MaxInstances: n, Timeout: 30 * time.Minute,
		Target: runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{tag(n)}}},
	}, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if end, err := services.Run(t.Context(), "schedule-1", doc); err != nil || end.Status != asl.Succeeded {
		t.Fatalf("%v, %s: %s %s", err, end.Status, end.Error, end.Cause)
	}
	p, err := point(n, server.Requests())
	if err != nil {
		t.Fatal(err)
	}
	p.Calls, p.Throttled, p.AllCalls = p.Calls+int(front.until.Load()), p.Throttled+int(front.until.Load()), p.AllCalls+int(front.refused.Load())
	return p
}

// invoke calls a function. As Lambda does, it has a copy of the function for each call under
// way, and a copy that is free works on with what its client has learned of the pace.
func (c *functions) invoke(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
	time.Sleep(time.Duration(c.random() * float64(mostDelay))) // virtual time
	runner := c.take(function)
	defer c.giveBack(function, runner)
	return cloud.Answer(cloud.Call(ctx, handler.Stop{Runner: runner, Trigger: trigger.Settings{MaxInstances: 10_000}}, function, payload))
}

// mostDelay is the most that a call of a function takes until the function works.
const mostDelay = 300 * time.Millisecond

// random is a number in [0,1).
func (c *functions) random() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chance.Float64()
}

func (c *functions) take(function string) runs.Runner {
	c.mu.Lock()
	defer c.mu.Unlock()
	if free := c.warm[function]; len(free) > 0 {
		c.warm[function] = free[1:]
		return free[0]
	}
	client, err := zenlayer.New(zenlayer.Config{Endpoint: "http://127.0.0.1", Source: key{}, Transport: c.wire, Jitter: c.random})
	if err != nil {
		c.t.Error(err)
	}
	return runs.Runner{API: client, Now: time.Now, Parallel: runs.SideBySide}
}

func (c *functions) giveBack(function string, runner runs.Runner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warm[function] = append(c.warm[function], runner)
}
