package e2e

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/power"
	"zenstop/internal/proof/audit"
	"zenstop/internal/proof/local/stack"
	read "zenstop/internal/proof/picture/history"
	"zenstop/internal/runs"
)

// historyOf reads the history of an execution, with those of its parts.
func historyOf(t *testing.T, s *stack.Stack, e stack.Execution) (of audit.History, parts map[string]audit.History) {
	t.Helper()
	of, parts, err := read.ForAudit(t.Context(), sfn.NewFromConfig(s.AWS), s.ExecutionARN(e.Name))
	if err != nil {
		t.Fatal(err)
	}
	return of, parts
}

// borneOut checks that the history of an execution bears all that its run says.
func borneOut(t *testing.T, s *stack.Stack, e stack.Execution) {
	t.Helper()
	of, parts := historyOf(t, s, e)
	j := audit.Judge(of, parts)
	for _, f := range j.Findings {
		t.Errorf("the history does not bear: %s", f)
	}
	if len(of.Steps) > 0 && len(j.Claims) == 0 && len(e.Run.Instances) > 0 {
		t.Errorf("%s has %d instances, and its history no claim", e.Name, len(e.Run.Instances))
	}
}

// A history of the local AWS in which somebody has changed a verdict, left out a look, or moved a
// stop to a time before it was due.
func TestAFalsifiedHistoryOfTheLocalAWSIsRefused(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["judge-0001","judge-guarded"]},"warnMinutes":1}`))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"judge-0001": power.Stopped, "judge-guarded": power.Protected})
	for name, falsify := range map[string]func(h *audit.History){
		"a verdict changed": func(h *audit.History) {
			change := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte(`"PROTECTED"`), []byte(`"STOPPED"`)) }
			for i := indexOf(h, "Report"); i < len(h.Steps); i++ {
				h.Steps[i].Output, h.Steps[i].Asked = change(h.Steps[i].Output), change(h.Steps[i].Asked)
				if i+1 < len(h.Steps) {
					h.Steps[i+1].Input = h.Steps[i].Output
				}
			}
			h.Output = change(h.Output)
		},
		"a look removed": func(h *audit.History) {
			i := indexOf(h, "CheckStatus")
			h.Steps = slices.Delete(h.Steps, i, i+1)
		},
		"a stop before its time": func(h *audit.History) {
			s := &h.Steps[indexOf(h, "Stop")]
			s.Entered, s.Left = s.Entered.Add(-30*time.Second), s.Left.Add(-30*time.Second)
		},
	} {
		h, parts := historyOf(t, up, e)
		falsify(&h)
		if j := audit.Judge(h, parts); len(j.Findings) == 0 {
			t.Errorf("%s, and the judge finds nothing", name)
		} else {
			t.Logf("%s: %s", name, j.Findings[0])
		}
	}
}

func indexOf(h *audit.History, state string) int {
	return slices.IndexFunc(h.Steps, func(s audit.Step) bool { return s.State == state })
}
