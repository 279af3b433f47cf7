package main

import (
	"fmt"
	"slices"
	"strings"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// runbook says what to do about each verdict, outcome and error.
const runbook = "docs/operations.md"

// next says what to do after the report of a run. A stack that stays up can show
// the run again.
func next(e stack.Execution, staysUp bool) string {
	switch o := e.Run.Outcome; {
	case !e.Ended():
		return "make show RUN=" + e.Name + " shows how far it is by then."
	case o == runs.OutcomeWaiting:
		return entry(unreported(e)) + " says what to do about a run that made no report. The log of the local AWS is .local/ministack.log."
	case o == runs.OutcomeFailed:
		return entry("Verdicts that are not good") + " says what to do about " + strings.Join(badVerdicts(e.Run), ", ") + "."
	case o == runs.OutcomeRefused:
		return "correct what the line above names, in the event or in the setting, and send the event again; " + entry("Outcomes") + " has more."
	case o == runs.OutcomePlanned:
		return "send the event without dryRun, and what the table says is done."
	case o == runs.OutcomeSkipped:
		return "an event of a date that is none of SkipDates stops its instances, for example EVENT=events/schedule.json."
	case staysUp:
		return "make runs lists this run with all others; make show RUN=" + e.Name + " reports it again."
	}
	return "make run SCENARIO=bad-night shows a night on which not all goes well; make local keeps the stack up for more events."
}

func entry(heading string) string { return fmt.Sprintf("%s, %q,", runbook, heading) }

// unreported is the runbook's entry for an execution that ended without a report.
func unreported(e stack.Execution) string {
	switch e.Status {
	case "ABORTED":
		return "run-aborted"
	case "TIMED_OUT":
		return "run-timed-out"
	default:
		return "RunDied"
	}
}

// badVerdicts are the verdicts of the run that are not good, each once, in the
// order of the runbook's table.
func badVerdicts(run runs.Run) []string {
	var bad []string
	for _, v := range power.Verdicts() {
		has := func(in power.Instance) bool { return in.Verdict == v }
		if !v.Good() && (run.Counts[v] > 0 || slices.ContainsFunc(run.Instances, has)) {
			bad = append(bad, string(v))
		}
	}
	return bad
}
