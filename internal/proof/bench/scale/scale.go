// Package scale measures large runs on the local AWS: the real template, functions and
// workflow, against a simulated Zenlayer that is slow and refuses what comes too fast.
package scale

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/zenlayer"
)

// What the simulated Zenlayer is like.
const (
	Latency   = 200 * time.Millisecond // of every answer
	Rate      = 10                     // requests a second; the others get 429
	StopTakes = time.Minute            // from an accepted stop request to STOPPED
)

const (
	tag   = "bench"          // of every instance
	limit = 20 * time.Minute // of one run: far above what it takes
)

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

// Measure carries out a run for each of these numbers of instances, one after
// another. It installs, builds and starts what it needs; root is the checkout.
func Measure(ctx context.Context, root string, log io.Writer, sizes []int) ([]Point, error) {
	a, err := open(ctx)
	if err != nil {
		return nil, err
	}
	defer a.close()
	s, err := stack.Up(ctx, stack.Options{
		Root: root, Log: log,
		Overrides: map[string]string{"ZenlayerEndpoint": a.url, "MaxInstances": "10000"},
	})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var points []Point
	for _, n := range sizes {
		fmt.Fprintf(log, "scale: a run for %d instances\n", n)
		p, err := measure(ctx, s, a, n)
		if err != nil {
			return nil, fmt.Errorf("a run for %d instances: %w", n, err)
		}
		points = append(points, p)
	}
	return points, nil
}

func measure(ctx context.Context, s *stack.Stack, a *account, n int) (Point, error) {
	if err := a.populate(n, Rate); err != nil {
		return Point{}, err
	}
	run, err := s.Send(ctx, event(n, time.Now()))
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
	return a.point(n)
}

// event is one firing of a schedule for the whole fleet.
func event(n int, now time.Time) map[string]any {
	return map[string]any{
		"source": "zenstop.schedule", "id": "bench-" + strconv.Itoa(n), "detail-type": "Stop Instances Requested",
		"time":   now.UTC().Format(time.RFC3339),
		"detail": map[string]any{"target": map[string]any{"filter": map[string]any{"tagKeys": []string{tag}}}},
	}
}
