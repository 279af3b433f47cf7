// Command zenlayer-sim serves a simulated Zenlayer, so that zenstop can be tried
// without an account.
//
//	zenlayer-sim [-listen 127.0.0.1:0] [-scenario good-night] [-seed 1]
//
// It prints one line with the address for each address that it listens on. The API
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
	listen   []string
	scenario string
	options  sim.Options
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (settings, error) {
	byDefault := sim.DefaultCredentials()
	key, token := byDefault[0], byDefault[1]
	flags := flag.NewFlagSet("zenlayer-sim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:0", "addresses to listen on, separated by commas; port 0 takes a free one")
	scenario := flags.String("scenario", "good-night", "name of a scenario ("+strings.Join(sim.ScenarioNames(), ", ")+"), or a .json file")
	seed := flags.Uint64("seed", 1, "seed of everything that is left to chance")
	flags.StringVar(&key.AccessKeyID, "key-id", key.AccessKeyID, "access key id that the API accepts")
	flags.StringVar(&key.AccessKeyPassword, "key-password", key.AccessKeyPassword, "password of the access key")
	flags.StringVar(&token.Token, "token", token.Token, "bearer token that the API accepts")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	sc, err := sim.LoadScenario(*scenario)
	options := sim.Options{Scenario: sc, Seed: *seed, Credentials: []sim.Credential{key, token}}
	return settings{strings.Split(*listen, ","), *scenario, options}, err
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
	listeners, err := listen(ctx, set.listen)
	if err != nil {
		return err
	}
	// A request that a fault leaves hanging must not keep the program from ending,
	// so its context ends with the program.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return base },
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		if _, err := fmt.Fprintf(stdout, "listening on http://%s\n", l.Addr()); err != nil {
			return errors.Join(err, server.Close())
		}
		go func() { failed <- server.Serve(l) }()
	}
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

// listen opens all addresses, or none where one cannot be opened.
func listen(ctx context.Context, addresses []string) ([]net.Listener, error) {
	var open []net.Listener
	var config net.ListenConfig
	for _, address := range addresses {
		l, err := config.Listen(ctx, "tcp", strings.TrimSpace(address))
		if err != nil {
			err = fmt.Errorf("listen on %s: %w", address, err)
			for _, l := range open {
				err = errors.Join(err, l.Close())
			}
			return nil, err
		}
		open = append(open, l)
	}
	return open, nil
}
