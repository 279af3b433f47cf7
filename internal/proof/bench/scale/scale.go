// Package scale measures large runs on the local AWS: the real template, functions and
// workflow, against a simulated Zenlayer that is slow and refuses what comes too fast.
package scale

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/zenlayer"
)

// What the simulated Zenlayer is like.
const (
	Latency   = 200 * time.Millisecond // of every answer
	Rate      = 10                     // requests a second; the others get 429
	StopTakes = time.Minute            // from an accepted stop request to STOPPED
)

const limit = 20 * time.Minute // of one run: far above what it takes

// Point is one run.
type Point struct {
	Instances    int
	Calls        int           // requests up to the last StopInstances that was accepted, which is included
	Throttled    int           // of them, those that got 429
	Took         time.Duration // from the first request to the last StopInstances that was accepted
	AllCalls     int           // requests of the whole run
	AllThrottled int           // of them, those that got 429
}

// Ideal is how many calls stop n instances of a filter at least: a page for each
// thousand, and for each hundred a look before the stop and the stop.
func Ideal(n int) int {
	return pages(n, zenlayer.MaxPageSize) + 2*pages(n, zenlayer.MaxIDs)
}

func pages(n, size int) int { return (n + size - 1) / size }

// Ratio is the time over what the ideal calls take at the rate.
func (p Point) Ratio() float64 { return p.Took.Seconds() / (float64(Ideal(p.Instances)) / Rate) }

// scenario is the simulated Zenlayer with a fleet of each of these sizes. It answers perSecond
// requests a second, and all of them where that is 0.
func scenario(perSecond int, sizes ...int) sim.Scenario {
	sc := sim.Scenario{RequestsPerSecond: perSecond, Latency: Latency}
	for _, n := range sizes {
		sc.Generate = append(sc.Generate, sim.Generate{
			Prefix: tag(n) + "-no-", Count: n, // with the number, ids of about 20 characters
			Like: sim.Instance{Tags: map[string]string{tag(n): ""}, StopTakes: StopTakes},
		})
	}
	return sc
}

// encoded is a scenario as a file for the simulator, in which a duration is a text.
func encoded(sc sim.Scenario) ([]byte, error) {
	texts := json.MarshalFunc(func(d time.Duration) ([]byte, error) { return json.Marshal(d.String()) })
	return json.Marshal(sc, json.WithMarshalers(texts))
}

// tag is that of every instance of the fleet of n.
func tag(n int) string { return "bench-" + strconv.Itoa(n) }

// Measure carries out a run for each of these numbers of instances, one after
// another. It installs, builds and starts what it needs; root is the checkout.
func Measure(ctx context.Context, root string, log io.Writer, sizes []int) ([]Point, error) {
	text, err := encoded(scenario(Rate, sizes...))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(root, stack.Dir, "bench.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, text, 0o600)); err != nil {
		return nil, err
	}
	s, err := stack.Up(ctx, stack.Options{Root: root, Log: log, Scenario: file, Overrides: map[string]string{"MaxInstances": "10000"}})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var points []Point
	for _, n := range sizes {
		fmt.Fprintf(log, "scale: a run for %d instances\n", n)
		p, err := measure(ctx, s, n)
		if err != nil {
			return nil, fmt.Errorf("a run for %d instances: %w", n, err)
		}
		points = append(points, p)
	}
	return points, nil
}

func measure(ctx context.Context, s *stack.Stack, n int) (Point, error) {
	if err := s.ResetSimulator(ctx); err != nil {
		return Point{}, err
	}
	run, err := s.Send(ctx, map[string]any{ // one firing of a schedule for the whole fleet
		"source": "zenstop.schedule", "id": tag(n), "detail-type": "Stop Instances Requested", "time": time.Now().UTC().Format(time.RFC3339),
		"detail": map[string]any{"target": map[string]any{"filter": map[string]any{"tagKeys": []string{tag(n)}}}},
	})
	if err != nil {
		return Point{}, err
	}
	e, err := s.Follow(ctx, run, limit, nil)
	if err != nil {
		return Point{}, err
	}
	if want := map[power.Verdict]int{power.Stopped: n}; !maps.Equal(e.Run.Counts, want) {
		return Point{}, errors.New("not all instances are STOPPED: " + e.Run.Summary)
	}
	var all []sim.Request
	if err := s.Simulated(ctx, "/requests", &all); err != nil {
		return Point{}, err
	}
	return point(n, all)
}

// point is what the simulator saw of a run for n instances that has ended.
func point(n int, all []sim.Request) (Point, error) {
	slices.SortStableFunc(all, func(a, b sim.Request) int { return a.At.Compare(b.At) })
	throttled := func(all []sim.Request) (n int) {
		for _, r := range all {
			if r.Status == http.StatusTooManyRequests {
				n++
			}
		}
		return n
	}
	for last, r := range slices.Backward(all) {
		if until := all[:last+1]; r.Action == sim.ActionStop && r.Accepted {
			return Point{Instances: n, Calls: len(until), Throttled: throttled(until), Took: r.At.Sub(all[0].At), AllCalls: len(all), AllThrottled: throttled(all)}, nil
		}
	}
	return Point{}, errors.New("no stop request was accepted")
}
