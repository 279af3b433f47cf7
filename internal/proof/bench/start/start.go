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
	// Picking is how much longer StopFunction takes through functions/bootstrap, which picks
	// the binary for the processor.
	Picking time.Duration
	Plan    Plan
}

// Function is the cost of one function.
type Function struct {
	Name   string        // "StopFunction", "StatusFunction" or "empty"
	Start  time.Duration // median, from the start of its binary to its first request for work, on this machine
	Ratio  float64       // Start over that of the empty function
	Binary int64         // bytes of the binary for linux/arm64
	Zip    int64         // bytes of a zip file with that alone
	// Package is the size of the zip file that is deployed, with a binary for each processor.
	Package int64
}

// sources are the packages of the functions, in a checkout.
func sources() []source {
	return []source{
		{"StopFunction", "./functions/stop"},
		{"StatusFunction", "./functions/status"},
		{"empty", "./internal/proof/bench/start/empty"},
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
	empty := median(times[len(functions)-1])
	for i := range functions {
		functions[i].Start = median(times[i])
		functions[i].Ratio = float64(functions[i].Start) / float64(empty)
	}
	plan, err := planTwice(ctx, here.path(sources()[0]))
	return Report{functions, median(times[len(functions)]) - median(times[0]), plan}, err
}

// sizes builds every function as it is deployed.
func sizes(ctx context.Context, root, dir string) ([]Function, error) {
	var functions []Function
	for _, s := range sources() {
		var programs []string
		for _, processor := range []string{"arm64", "amd64"} {
			program, err := builder{root: root, dir: filepath.Join(dir, processor), system: "linux", processor: processor}.build(ctx, s)
			if err != nil {
				return nil, err
			}
			programs = append(programs, program)
		}
		binary, zipped, err := zippedSize(programs[0])
		if err != nil {
			return nil, err
		}
		_, all, err := zippedSize(append(programs, picker(root))...)
		if err != nil {
			return nil, err
		}
		functions = append(functions, Function{Name: s.name, Binary: binary, Zip: zipped, Package: all})
	}
	return functions, nil
}

// picker is the file that Lambda starts.
func picker(root string) string { return filepath.Join(root, "functions", "bootstrap") }

// starts times n starts of every function, and then of the first one through the file that
// picks its binary. They take turns, so that a change in the load of the machine meets all
// alike.
func starts(ctx context.Context, b builder, n int) ([][]time.Duration, error) {
	programs := make([]string, len(sources()))
	for i, s := range sources() {
		var err error
		if programs[i], err = b.build(ctx, s); err != nil {
			return nil, err
		}
	}
	picked, err := b.packed(programs[0])
	if err != nil {
		return nil, err
	}
	programs = append(programs, picked)
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
