// Package stack runs zenstop's own template on a local AWS, against the
// simulated Zenlayer: for make run, make local and the end-to-end tests.
package stack

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The key pair that the simulator knows. It opens nothing else.
const (
	SimKeyID    = "sim-key-id"
	SimPassword = "sim-key-password"
)

// What the local stack sets for the samples in events/.
const (
	SkipDates   = "2026-12-25"
	AlarmTarget = `{"instanceIds":["bmc-web-01","bmc-web-02"]}`
)

// Options say what to start.
type Options struct {
	Root      string            // directory of the checkout
	Name      string            // of the stack; default zenstop
	Template  string            // what to deploy; default the template that Build has built
	Scenario  string            // of the simulator; default good-night
	Host      string            // address to listen on; default 127.0.0.1
	Overrides map[string]string // parameters of the template
	Log       io.Writer         // gets a line for each step, as [Step] writes it
}

// Stack is a deployed stack with everything that it runs on.
type Stack struct {
	AWS       aws.Config
	Endpoint  string // of the local AWS
	Simulator string // of the simulated Zenlayer
	Name      string
	Outputs   map[string]string

	processes []process
	scratch   string // directory of the local AWS, removed by Close
}

// Up installs what is missing, builds, starts the simulator and the local AWS, and
// deploys the stack. The caller must Close it; after an error nothing is left behind.
func Up(ctx context.Context, o Options) (_ *Stack, err error) {
	o.Name = cmp.Or(o.Name, "zenstop")
	o.Host = cmp.Or(o.Host, loopback)
	if _, err := freePort(ctx, o.Host); err != nil {
		return nil, fmt.Errorf("%w\nHOST must be an address of this machine; without HOST the stack listens on %s", err, loopback)
	}
	if err := Setup(ctx, o.Root, o.Log); err != nil {
		return nil, err
	}
	if err := Build(ctx, o.Root, o.Log); err != nil {
		return nil, err
	}
	s := &Stack{Name: o.Name}
	defer s.closeAfter(&err)
	if err := s.startSimulator(ctx, o); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if err := s.startAWS(ctx, o); err != nil {
		return nil, fmt.Errorf("local AWS: %w", err)
	}
	if err := s.Deploy(ctx, o); err != nil {
		return nil, err
	}
	if _, err := s.Subscribe(ctx, o.Name+"-messages", nil); err != nil {
		return nil, err
	}
	return s, s.FillSecret(ctx, SimSecret)
}

// Step writes the line of a step: its name, and what is done.
func Step(log io.Writer, name, what string) { fmt.Fprintf(log, "%-7s %s\n", name, what) }

// Beside deploys another stack to the same local AWS, with a simulator of its
// own. Its secret is not filled in yet.
func (s *Stack) Beside(ctx context.Context, o Options) (_ *Stack, err error) {
	o.Host = cmp.Or(o.Host, loopback)
	b := &Stack{AWS: s.AWS, Endpoint: s.Endpoint, Name: o.Name}
	defer b.closeAfter(&err)
	if err := b.startSimulator(ctx, o); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return b, b.Deploy(ctx, o)
}

func (s *Stack) closeAfter(err *error) {
	if *err != nil {
		s.Close()
	}
}

// Close ends every process that Up or Beside started, with all that they started.
func (s *Stack) Close() {
	for _, p := range slices.Backward(s.processes) {
		_ = endGroup(p.Cmd)
		<-p.ended
	}
	s.processes = nil
	if s.scratch != "" {
		_ = os.RemoveAll(s.scratch)
	}
}
