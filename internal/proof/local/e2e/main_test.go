// Package e2e tests the deployed template on a local AWS, from the event to the
// report, against the simulated Zenlayer. It runs with ZENSTOP_E2E=1, as make test
// sets it.
package e2e

import (
	"context"
	"fmt"
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

// options are those of a stack that a test deploys beside the shared one.
func options(t *testing.T, name, fleet string, overrides map[string]string) stack.Options {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	return stack.Options{Root: root, Name: name, Log: os.Stdout, Scenario: scenario(root, fleet), Overrides: overrides}
}

// beside deploys another stack beside the shared one, in the same account and
// region. It takes no events from the bus, so that only its own test sends it any.
func beside(t *testing.T, name, fleet string, overrides map[string]string) *stack.Stack {
	t.Helper()
	s, err := up.Beside(uninterrupted, options(t, name, fleet, overrides))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	bus, all := eventbridge.NewFromConfig(s.AWS), 2
	if overrides["EventBusName"] != "" {
		all = 1 // that of requests is on the other bus, where only the test sends any
	}
	prefix := name + "-StopFunction"
	rules, err := bus.ListRules(t.Context(), &eventbridge.ListRulesInput{NamePrefix: &prefix})
	if err != nil || len(rules.Rules) != all {
		t.Fatalf("%d rules of the stack %s on the default bus, error %v; want those of requests and alarms", len(rules.Rules), name, err)
	}
	for _, rule := range rules.Rules {
		if _, err := bus.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: rule.Name}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func scenario(root, name string) string {
	return filepath.Join(root, "internal", "proof", "local", "e2e", "testdata", name+".json")
}
