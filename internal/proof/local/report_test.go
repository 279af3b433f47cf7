package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// failed is a run that came to a bad end, with a name that would spoil a terminal.
func failed() stack.Execution {
	return stack.Execution{
		Name: "request-1", Status: types.ExecutionStatusFailed, Error: "Zenstop.StopFailed", Parts: []string{"request-1-part-1", "request-1-part-2"},
		Run: runs.Run{
			Trigger: runs.Trigger{Kind: "request"}, Outcome: runs.OutcomeFailed, Summary: "1 of 3 instances is MISSING.",
			Omitted: 1200, Counts: map[power.Verdict]int{power.Stopped: 1201, power.Missing: 1}, Notes: []string{"a note"},
			Instances: []power.Instance{
				{ID: "bmc-a", Name: "web\t1\x1b[31m", Before: "RUNNING", Status: "STOPPED", Verdict: power.Stopped, Seconds: 21},
				{ID: "bmc-long-name", Verdict: power.Missing, Note: "not in three answers"},
			},
		},
	}
}

func TestAReportHasAlignedColumnsAndWhereTheRestIsListed(t *testing.T) {
	var out bytes.Buffer
	report(newScreen(&out, noEnvironment), failed(), false)
	const want = `
Run request-1 (request)

INSTANCE       NAME        BEFORE   STATUS   VERDICT  SECONDS  REASON
bmc-a          web 1 [31m  RUNNING  STOPPED  STOPPED       21
bmc-long-name              -        -        MISSING        -  not in three answers

1200 instances are left out of this report, to keep it within one payload.
The run has 2 parts, the executions request-1-part-1 to request-1-part-2. While their stack is up, make show RUN=request-1-part-1 reports one of them.
note: a note
FAILED: 1 of 3 instances is MISSING.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestOfManyInstancesTheWorstAreListed(t *testing.T) {
	var e stack.Execution
	for range mostRows {
		e.Run.Instances = append(e.Run.Instances, power.Instance{ID: "bmc-good", Verdict: power.Stopped})
	}
	e.Run.Instances = append(e.Run.Instances, power.Instance{ID: "bmc-open"}, power.Instance{ID: "bmc-bad", Verdict: power.Missing})
	for name, c := range map[string]struct {
		all  bool
		rows []string // the first ones
		says string
	}{
		"after a run":                {false, []string{"bmc-bad", "bmc-open", "bmc-good"}, "\n2 more instances are not listed here.\n"},
		"where the user asks for it": {true, []string{"bmc-good", "bmc-good"}, "bmc-bad "},
	} {
		var out bytes.Buffer
		report(newScreen(&out, noEnvironment), e, c.all)
		for i, want := range c.rows {
			if row := strings.Split(out.String(), "\n")[4+i]; !strings.HasPrefix(row, want+" ") {
				t.Errorf("%s: row %d is %q, want it to be of %s", name, i, row, want)
			}
		}
		if !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: the report lacks %q:\n%s", name, c.says, out.String())
		}
	}
}

func TestTheColourOfARowIsThatOfItsVerdictAndMovesNoColumn(t *testing.T) {
	var plain, coloured bytes.Buffer
	report(&screen{Writer: &plain}, failed(), false)
	report(&screen{Writer: &coloured, colour: true}, failed(), false)
	for _, want := range []string{"\x1b[32mbmc-a ", "\x1b[31mbmc-long-name ", "\x1b[1;31mFAILED\x1b[0m:"} {
		if !strings.Contains(coloured.String(), want) {
			t.Errorf("the report lacks %q:\n%q", want, coloured.String())
		}
	}
	if diff := cmp.Diff(plain.String(), regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(coloured.String(), "")); diff != "" {
		t.Errorf("the colours change more than the colour (-plain +coloured):\n%s", diff)
	}
}

func TestEachInstanceThatIsNotStoppedHasAReason(t *testing.T) {
	for _, v := range power.Verdicts() {
		if got := reason(power.Instance{Verdict: v}); (got == "") != v.Good() {
			t.Errorf("the reason of %s is %q", v, got)
		}
	}
	if got := reason(power.Instance{Verdict: power.Missing, Note: "its own"}); got != "its own" {
		t.Errorf("the note of an instance is not its reason, but %q", got)
	}
}

func TestTheReportOfARunThatHasNoneSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		execution stack.Execution
		want      string
	}{
		"it works":    {stack.Execution{Status: types.ExecutionStatusRunning, Run: runs.Run{Outcome: runs.OutcomeWaiting, Summary: "2 of 3."}}, "\nRUNNING: 2 of 3.\n"},
		"it has died": {stack.Execution{Status: types.ExecutionStatusFailed, Error: "States.Runtime", Cause: "at\nState", Run: runs.Run{Outcome: runs.OutcomeWaiting}}, "\nFAILED: the run made no report. States.Runtime at State\n"},
	} {
		var out bytes.Buffer
		if report(newScreen(&out, noEnvironment), c.execution, false); !strings.HasSuffix(out.String(), c.want) {
			t.Errorf("%s: %q, want it to end with %q", name, out.String(), c.want)
		}
	}
}

func TestAfterEachEndTheUserIsToldWhatToDoNext(t *testing.T) {
	ended := func(o runs.Outcome, status types.ExecutionStatus) stack.Execution {
		return stack.Execution{Name: "r", Status: status, Run: runs.Run{Outcome: o}}
	}
	succeeded, died := types.ExecutionStatusSucceeded, types.ExecutionStatusFailed
	for name, c := range map[string]struct {
		execution stack.Execution
		staysUp   bool
		want      string
	}{
		"all stopped":              {ended(runs.OutcomeStopped, succeeded), false, "make run SCENARIO=bad-night"},
		"all stopped, stack is up": {ended(runs.OutcomeStopped, succeeded), true, "make show RUN=r"},
		"a bad verdict":            {failed(), false, `docs/operations.md, "Verdicts that are not good", says what to do about MISSING.`},
		"refused":                  {ended(runs.OutcomeRefused, died), false, `docs/operations.md, "Outcomes"`},
		"a dry run":                {ended(runs.OutcomePlanned, succeeded), false, "without dryRun"},
		"skipped":                  {ended(runs.OutcomeSkipped, succeeded), false, "SkipDates"},
		"still at work":            {ended(runs.OutcomeWaiting, types.ExecutionStatusRunning), true, "make show RUN=r"},
		"died":                     {ended(runs.OutcomeWaiting, died), true, `docs/operations.md, "RunDied"`},
		"aborted":                  {ended(runs.OutcomeWaiting, types.ExecutionStatusAborted), true, `docs/operations.md, "run-aborted"`},
		"timed out":                {ended(runs.OutcomeWaiting, types.ExecutionStatusTimedOut), true, `docs/operations.md, "run-timed-out"`},
	} {
		if got := next(c.execution, c.staysUp); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q in it", name, got, c.want)
		}
	}
}

func TestTheRunbookHasTheEntriesThatTheUserIsSentTo(t *testing.T) {
	raw, err := os.ReadFile("../../../" + runbook)
	if err != nil {
		t.Fatal(err)
	}
	for _, heading := range []string{"## Verdicts that are not good", "## Outcomes", "### run-aborted", "### run-timed-out", "### RunDied"} {
		if !strings.Contains(string(raw), "\n"+heading+"\n") {
			t.Errorf("%s has no heading %q", runbook, heading)
		}
	}
}
