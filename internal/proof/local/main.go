// Command local runs zenstop on this machine, on a local AWS and against a
// simulated Zenlayer. The Makefile calls it; make help lists the targets.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/proof/verify"
)

const usage = `usage: local COMMAND, from the root of the checkout; each has a target of make

  run [-event FILE]                    make run             stack up, one event, its report
  up [-host ADDRESS]                   make local           the same stack, up until Ctrl-C
  send FILE                            make send EVENT=…    send an event to the stack that is up
  runs                                 make runs            list its runs
  show [RUN]                           make show RUN=…      report one of them, the newest where none is named
  picture [RUN]                        make picture RUN=…   draw one of them, or an execution in AWS by its ARN
  judge [RUN]                          make judge RUN=…     judge one of them by its history alone, or an execution in AWS by its ARN
  doctor [STACK]                       make doctor STACK=…  say what is right, wrong and still to do in a deployed stack
  event FILE                           make event EVENT=…   print a sample with a fresh id and times
  verify                               make verify-aws      ask AWS whether it takes the workflow's definition
  package                              make package         make the files of a release in .local/package
  setup                                                     only install what the others need

run and up also take -scenario NAME of the simulator and -max-instances N of the stack.
`

func main() {
	os.Exit(exitCode(os.Args[1:]))
}

// exitCode is 0 on a good outcome, 1 on another one, and 2 where there is none.
func exitCode(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := command(ctx, args, os.Stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNotGood), errors.Is(err, verify.ErrRefused):
		return 1
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "zenstop: interrupted; every process that this command started has ended")
	default:
		fmt.Fprintln(os.Stderr, "zenstop:", err)
	}
	return 2
}

// mostInstances is the MaxValue of the template's MaxInstances.
const mostInstances = 100_000

// errNotGood is returned after a report has said what went wrong.
var errNotGood = errors.New("the outcome is not good")

func command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		_, err := io.WriteString(out, usage)
		return err
	}
	screen := newScreen(out, os.Getenv)
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it
	event := flags.String("event", "events/request-ids.json", "event to send")
	scenario := flags.String("scenario", "good-night", "scenario of the simulator")
	most := flags.String("max-instances", "100", "the stack's MaxInstances")
	host := flags.String("host", "", "address to listen on (default 127.0.0.1)")
	if err := flags.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w; make help has an example of each variable", err)
	}
	if _, err := sim.LoadScenario(*scenario); err != nil {
		return err
	}
	if n, err := strconv.Atoi(*most); err != nil || n < 1 || n > mostInstances {
		return fmt.Errorf("MAX_INSTANCES is a whole number from 1 to %d, and not %q", mostInstances, *most)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	options := stack.Options{
		Root: root, Scenario: *scenario, Host: *host, Log: out,
		Overrides: map[string]string{"MaxInstances": *most},
	}
	switch args[0] {
	case "setup":
		return stack.Setup(ctx, options.Root, out)
	case "run":
		return runOnce(ctx, options, *event, screen)
	case "up":
		return up(ctx, options, out)
	case "event":
		sample, err := sampleFile(flags.Arg(0), time.Now())
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(sample)
	case "package":
		return makePackage(ctx, root, out)
	case "verify":
		return verifyAWS(ctx, out)
	case "picture":
		return drawPicture(ctx, flags.Arg(0), os.Getenv, out)
	case "judge":
		return judge(ctx, flags.Arg(0), os.Getenv, out)
	case "doctor":
		return examine(ctx, flags.Arg(0), out)
	case "send", "runs", "show":
		return attached(ctx, args[0], flags.Arg(0), screen)
	}
	return fmt.Errorf("there is no command %q\n\n%s", args[0], usage)
}
