// Command zenlayer-sim serves a simulated Zenlayer, so that zenstop can be tried
// without an account.
//
//	zenlayer-sim [-listen 127.0.0.1:0] [-scenario good-night] [-seed 1]
//
// It prints one line with the address that it listens on. The API
// is POST /api/v2/bmc. The scenario starts at the first API request, so that time
// which passes before it changes nothing. GET / shows the instances and the last
// requests as text, GET /state and GET /requests show them as JSON, and POST
// /reset puts the scenario back to its start.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"zenstop/internal/proof/sim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "zenlayer-sim:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	listen   string
	scenario string
	options  sim.Options
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (settings, error) {
	flags := flag.NewFlagSet("zenlayer-sim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	scenario := flags.String("scenario", "good-night", "name of a scenario ("+strings.Join(sim.ScenarioNames(), ", ")+"), or a .json file")
	seed := flags.Uint64("seed", 1, "seed of everything that is left to chance")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	sc, err := sim.LoadScenario(*scenario)
	return settings{*listen, *scenario, sim.Options{Scenario: sc, Seed: *seed}}, err
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	set, err := parse(args, stderr)
	if err != nil {
		return err
	}
	handler, err := newConsole(set)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", set.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", set.listen, err)
	}
	// A request that a fault leaves hanging must not keep the program from ending,
	// so its context ends with the program.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return base },
	}
	if _, err := fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	cancel()
	return shutDown(context.WithoutCancel(ctx), server)
}

// shutDown waits up to two seconds for the answers under way.
func shutDown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}
