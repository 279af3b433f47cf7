// Package start measures what the two functions cost before they do any work: the
// time from the start of their process to their first request for work, and the size of
// their zip files. It compares them with a function that does nothing, so that the
// figures do not depend on the machine.
//
// It needs Linux, make, the Go toolchain and a checkout. All traffic stays on loopback.
package start

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// Report is what [Measure] found.
type Report struct {
	Functions []Function // StopFunction, StatusFunction and the empty one, in this order
	// Picking is how much longer StopFunction takes through functions/bootstrap, which picks
	// the binary for the processor.
	Picking time.Duration
}

// Function is the cost of one function.
type Function struct {
	Name    string        // "StopFunction", "StatusFunction" or "empty"
	Start   time.Duration // median, from the start of its binary to its first request for work, on this machine
	Ratio   float64       // Start over that of the empty function
	Zip     int           // bytes of a zip file with the binary for linux/arm64 alone
	Package int           // bytes of the zip file that is deployed, with a binary for each processor

	folder string // as functions/Makefile takes it
}

func functions() []Function {
	return []Function{{Name: "StopFunction", folder: "stop"}, {Name: "StatusFunction", folder: "status"}, {Name: "empty", folder: "../internal/proof/bench/start/empty"}}
}

// Measure builds the functions of the checkout at root, starts each n times and measures
// them. With the build cache filled it takes a few seconds.
func Measure(ctx context.Context, root string, n int) (r Report, err error) {
	dir, err := os.MkdirTemp("", "zenstop-start-")
	if err != nil {
		return r, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left there does no harm
	r.Functions = functions()
	var programs []string
	for i := range r.Functions {
		f := &r.Functions[i]
		to := filepath.Join(dir, f.Name)
		if err := build(ctx, root, f.folder, to); err != nil {
			return r, err
		}
		if f.Zip, err = zipped(to, "bootstrap.arm64"); err != nil {
			return r, err
		}
		if f.Package, err = zipped(to, "bootstrap.arm64", "bootstrap.x86_64", "bootstrap"); err != nil {
			return r, err
		}
		programs = append(programs, binary(to))
	}
	programs = append(programs, filepath.Join(dir, "StopFunction", "bootstrap"))
	medians, err := starts(ctx, programs, n)
	if err != nil {
		return r, err
	}
	for i := range r.Functions {
		r.Functions[i].Start = medians[i]
		r.Functions[i].Ratio = float64(medians[i]) / float64(medians[2])
	}
	r.Picking = medians[3] - medians[0]
	return r, nil
}

// build builds a function as it is deployed: into dir, a binary for each processor, and the file
// that picks one.
func build(ctx context.Context, root, folder, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "make", "--file", "functions/Makefile", "build-StopFunction", "ZENSTOP_ARCHITECTURES=arm64 x86_64", "COMMAND="+folder, "ARTIFACTS_DIR="+dir) //nolint:gosec // the arguments come from this package
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", folder, err, out)
	}
	return nil
}

// binary is that of the processor of this machine.
func binary(dir string) string {
	return filepath.Join(dir, "bootstrap."+map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH])
}

// zipped is the size of a zip file of these files of a folder.
// The SAM CLI packs with zlib; Go comes near to that, and not below it, with its best compression.
func zipped(dir string, files ...string) (int, error) {
	var size bytes.Buffer
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // this package has just built it
		if err != nil {
			return 0, err
		}
		entry, err := archive.Create(name)
		if err != nil {
			return 0, err
		}
		if _, err := entry.Write(content); err != nil {
			return 0, err
		}
	}
	err := archive.Close()
	return size.Len(), err
}

// starts are the medians of n starts of each program. They take turns, so that a change in the
// load of the machine meets all alike.
func starts(ctx context.Context, programs []string, n int) ([]time.Duration, error) {
	times, medians := make([][]time.Duration, len(programs)), make([]time.Duration, len(programs))
	for range n {
		for i, program := range programs {
			p, err := launch(ctx, program, "https://zenlayer.invalid", "") // neither is asked before there is work
			if err != nil {
				return nil, err
			}
			asked, err := wait(ctx, p, p.asked)
			p.end()
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], asked.Sub(p.began))
		}
	}
	for i := range times {
		medians[i] = median(times[i])
	}
	return medians, nil
}

// median is the middle one, of an even number the lower of the two.
func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)/2]
}
