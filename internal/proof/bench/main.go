// Command bench measures zenstop, and writes and prints docs/performance.md. The Makefile
// calls it from the root of the checkout: make bench.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"zenstop/internal/proof/bench/scale"
	"zenstop/internal/proof/bench/start"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything, writes the page, and prints it.
func run(ctx context.Context, log io.Writer) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	fmt.Fprintln(log, "looks, calls and transitions in virtual time")
	m, err := measure(ctx, full())
	if err != nil {
		return err
	}
	points, err := scale.Measure(ctx, root, log, []int{100, 1000, 10_000})
	if err != nil {
		return err
	}
	fmt.Fprintln(log, "starts of the functions")
	starts, err := start.Measure(ctx, root, 31) // of so many the median is steady
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := (page{m, points, starts}).write(&text, time.Now()); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "docs", "performance.md"), text.Bytes(), 0o644); err != nil { //nolint:gosec // pages are for everybody
		return err
	}
	_, err = text.WriteTo(os.Stdout)
	return err
}
