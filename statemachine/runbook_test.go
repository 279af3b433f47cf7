package statemachine

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"zenstop/internal/fault"
	"zenstop/internal/shutdown"
)

func TestTheRunbookHasAnEntryForWhateverSomebodyIsToldOf(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	runbook := string(text)
	template, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	entries := regexp.MustCompile(`docs/operations\.md, entry ([A-Za-z-]+)`).FindAllStringSubmatch(string(template), -1)
	if len(entries) < 5 {
		t.Fatalf("the template names %d entries, want those of four alarms and of RunDied", len(entries))
	}
	for _, e := range entries {
		if !strings.Contains(runbook, "\n### "+e[1]+"\n") {
			t.Errorf("no entry %s", e[1])
		}
	}
	var names []string
	for _, v := range shutdown.Verdicts() {
		if !v.Good() {
			names = append(names, string(v))
		}
	}
	for _, o := range []shutdown.Outcome{shutdown.OutcomeStopped, shutdown.OutcomePlanned, shutdown.OutcomeSkipped, shutdown.OutcomeFailed, shutdown.OutcomeRefused} {
		names = append(names, string(o))
	}
	names = append(names, fault.Names()...)
	for _, name := range append(names, "Zenstop.StopFailed", "Zenstop.Refused") {
		if !strings.Contains(runbook, "\n| `"+name+"`") && !strings.Contains(runbook, ", `"+name+"`") {
			t.Errorf("no row for %s", name)
		}
	}
}
