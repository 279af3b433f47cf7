package e2e

import (
	"strings"
	"testing"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

func TestThePasswordShowsInNoExecutionAndInNoLogLine(t *testing.T) {
	e := carryOut(t, up, request(`{"target":{"instanceIds":["secret-0001","secret-0002"]}}`))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"secret-0001": power.Stopped, "secret-0002": power.Stopped})
	text := everything(t, up)
	for _, want := range []string{e.Name, "message=round"} {
		if !strings.Contains(text, want) {
			t.Fatalf("the histories and logs that were read lack %s of this run, so the test would prove nothing", want)
		}
	}
	if strings.Contains(text, stack.SimPassword) {
		t.Error("the password shows in a log line or in an execution's history")
	}
}
