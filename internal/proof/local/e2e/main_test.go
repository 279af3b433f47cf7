// Package e2e tests the deployed template on a local AWS, from the event to the
// report, against the simulated Zenlayer. It runs with ZENSTOP_E2E=1, as make test
// sets it.
package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"zenstop/internal/proof/local/stack"
)

// up is the stack that most tests share. Each test has instances of its own there.
var up *stack.Stack

// uninterrupted ends with Ctrl-C, and with it every process of a stack: each is in a
// process group of its own, which Ctrl-C does not reach.
var uninterrupted context.Context

func TestMain(m *testing.M) {
	if os.Getenv("ZENSTOP_E2E") == "" {
		fmt.Println("not run: the end-to-end tests need a local AWS; make test runs them")
		os.Exit(0)
	}
	os.Exit(withStack(m))
}

func withStack(m *testing.M) int {
	root, err := filepath.Abs("../../../..")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	var stop context.CancelFunc
	uninterrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	up, err = stack.Up(uninterrupted, stack.Options{
		Root: root, Log: os.Stdout, Scenario: scenario(root, "fleet"),
		Overrides: map[string]string{"AlarmTarget": `{"instanceIds":["target-0001"]}`, "MaxInstances": "50"},
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer up.Close()
	return m.Run()
}

// options are those of a stack that a test deploys beside the shared one, with its
// requests and reports on a bus of its own.
func options(t *testing.T, name, fleet string, overrides map[string]string) stack.Options {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]string{"EventBusName": name}
	maps.Copy(own, overrides)
	return stack.Options{Root: root, Name: name, Log: os.Stdout, Scenario: scenario(root, fleet), Overrides: own}
}

// beside deploys another stack beside the shared one, in the same account and region.
// It obeys only its own test: no other one sends anything to the bus of its name.
func beside(t *testing.T, name, fleet string, overrides map[string]string) *stack.Stack {
	t.Helper()
	return besideOf(t, options(t, name, fleet, overrides))
}

// besideOf is beside with options of one's own.
func besideOf(t *testing.T, o stack.Options) *stack.Stack {
	t.Helper()
	if _, err := eventbridge.NewFromConfig(up.AWS).CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &o.Name}); err != nil {
		t.Fatal(err)
	}
	s, err := up.Beside(uninterrupted, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// busOf is the bus where a stack takes requests and publishes its reports.
func busOf(s *stack.Stack) string {
	if s == up {
		return "default"
	}
	return s.Name
}

func scenario(root, name string) string {
	return filepath.Join(root, "internal", "proof", "local", "e2e", "testdata", name+".json")
}
