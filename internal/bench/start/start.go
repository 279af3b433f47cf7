// Package start measures what the two functions cost before they do any work: the
// time from the start of their process to their first request for work, the size of
// their zip files, and the memory that a large plan takes. It compares them with a
// function that does nothing, so that the figures do not depend on the machine.
//
// It needs the Go toolchain and a checkout. All traffic stays on loopback.
package start

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// PlannedInstances is the size of the fleet of a [Plan]: the most that one event can name.
const PlannedInstances = 10_000

// Report is what [Measure] found.
type Report struct {
	Functions []Function // StopFunction, StatusFunction and the empty one, in this order
	Plan      Plan
}

// Function is the cost of one function.
type Function struct {
	Name   string        // "StopFunction", "StatusFunction" or "empty"
	Start  time.Duration // median, from the start of the process to its first request for work, on this machine
	Ratio  float64       // Start over that of the empty function
	Binary int64         // bytes of the program for linux/arm64, as it is deployed
	Zip    int64         // bytes of its zip file
}

// sources are the packages of the functions, in a checkout.
func sources() []source {
	return []source{
		{"StopFunction", "./functions/stop"},
		{"StatusFunction", "./functions/status"},
		{"empty", "./internal/bench/start/empty"},
	}
}

type source struct{ name, pkg string }

// Measure builds the functions of the checkout at root, starts each n times, in
// turn, and measures them. With the build cache filled it takes a few seconds.
func Measure(ctx context.Context, root string, n int) (Report, error) {
	if n < 1 {
		return Report{}, errors.New("there must be at least one start")
	}
	dir, err := os.MkdirTemp("", "zenstop-start-")
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left there does no harm
	here := builder{root: root, dir: dir, system: runtime.GOOS, processor: runtime.GOARCH}
	functions, err := sizes(ctx, root, dir)
	if err != nil {
		return Report{}, err
	}
	times, err := starts(ctx, here, n)
	if err != nil {
		return Report{}, err
	}
	for i := range functions {
		functions[i].Start = median(times[i])
		functions[i].Ratio = float64(functions[i].Start) / float64(median(times[len(times)-1]))
	}
	plan, err := planTwice(ctx, here.path(sources()[0]))
	return Report{functions, plan}, err
}

// sizes builds every function as it is deployed.
func sizes(ctx context.Context, root, dir string) ([]Function, error) {
	deployed := builder{root: root, dir: filepath.Join(dir, "deployed"), system: "linux", processor: "arm64"}
	var functions []Function
	for _, s := range sources() {
		program, err := deployed.build(ctx, s)
		if err != nil {
			return nil, err
		}
		binary, zipped, err := zippedSize(program)
		if err != nil {
			return nil, err
		}
		functions = append(functions, Function{Name: s.name, Binary: binary, Zip: zipped})
	}
	return functions, nil
}

// starts times n starts of every function. They take turns, so that a change in the
// load of the machine meets all alike.
func starts(ctx context.Context, b builder, n int) ([][]time.Duration, error) {
	programs := make([]string, len(sources()))
	for i, s := range sources() {
		var err error
		if programs[i], err = b.build(ctx, s); err != nil {
			return nil, err
		}
	}
	times := make([][]time.Duration, len(programs))
	for range n {
		for i, program := range programs {
			took, err := startOnce(ctx, program)
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], took)
		}
	}
	return times, nil
}

// median is the middle one, of an even number the lower of the two.
func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)/2]
}
