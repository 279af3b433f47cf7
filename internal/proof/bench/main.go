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

// startsOfEach is how often each function is started. The median of so many is steady.
const startsOfEach = 31

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything, writes the page, and prints it.
func run(ctx context.Context, out, log io.Writer) error {
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
	starts, err := start.Measure(ctx, root, startsOfEach)
	if err != nil {
		return err
	}
	return publish(filepath.Join(root, "docs", "performance.md"), newPage(m, points, starts, time.Now()), out)
}

// publish writes the page into a file, and prints it.
func publish(path string, p page, out io.Writer) error {
	var text bytes.Buffer
	if err := p.write(&text); err != nil {
		return err
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil { //nolint:gosec // pages are for everybody
		return err
	}
	_, err := out.Write(text.Bytes())
	return err
}
