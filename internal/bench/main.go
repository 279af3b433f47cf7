// Command bench measures zenstop, and writes and prints docs/performance.md. The Makefile
// calls it from the root of the checkout: make bench.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"zenstop/internal/bench/scale"
	"zenstop/internal/bench/start"
)

// startsOfEach is how often each function is started. The median of so many is steady.
const startsOfEach = 31

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything, writes the page, and prints it.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	virtualOnly := flags.Bool("virtual", false, "only print the figures in virtual time, and write no file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	fmt.Fprintln(log, "looks, calls and transitions in virtual time")
	m, err := measure(ctx, full())
	if err != nil {
		return err
	}
	if *virtualOnly {
		return printFigures(out, m)
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
	p := newPage(m, points, starts, time.Now())
	return publish(filepath.Join(root, "docs", "performance.md"), p, out)
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

// printFigures prints what virtual time gives.
func printFigures(out io.Writer, m measured) error {
	for _, f := range m.counted() {
		fmt.Fprintf(out, "%s: %s, to reach %s\n", f.what, f.shown(number.String), f.shown(number.bound))
	}
	for _, f := range m.fleets {
		fmt.Fprintf(out, "fleets of %d, deviation %.0f %%: zenstop %.2f, blind %.2f, 30 s loop %.2f\n", f.Size, 100*f.Deviation, f.zenstop.Ratio, f.blind.Ratio, f.loop.Ratio)
	}
	return nil
}
