package campaign

import (
	"fmt"
	"slices"

	"zenstop/internal/shutdown"
)

// never is a set of pairs that cannot be: none of these faults meets any of these
// verdicts and outcomes.
type never struct {
	faults []fault
	ends   []end
	why    string
}

// nevers lists every pair of a fault and a verdict or outcome that cannot be. All
// other pairs must occur in a campaign of 10,000 runs, and these in none.
func nevers() []never {
	inWorkflow := []fault{
		throttle, unavailable, challenge, timeOut, lostAnswer, noResponse, cutBody, shortPage, oddRefusal, noPermission, oddStopCode, oddDescribeCode,
		unknownZone, severalPages, listingChanges, unreachable, secretsDown, secretRotated, revoked, partDied,
	}
	atEnd := []fault{unavailableAtEnd, unreachableAtEnd, lambdaThrottledAtEnd, secretsDownAtEnd, stopCrossesEnd}
	return []never{
		{inWorkflow, outcomesOf(shutdown.OutcomeSkipped), "A skipped run calls no function, and its claim asks neither Zenlayer nor for the secret."},
		{atEnd, outcomesOf(shutdown.OutcomePlanned, shutdown.OutcomeSkipped, shutdown.OutcomeRefused), "What the event or the plan decides is decided before the deadline."},
		{atEnd, verdicts(), "The deadline is one of the run: these count for outcomes; for verdicts the fault counts under its own name."},
		{[]fault{noPermission, revoked}, verdicts(shutdown.TimedOut, shutdown.Unverified), "The first such call ends the run, and what was still open is TIMED_OUT or UNVERIFIED."},
		{[]fault{noPermission, revoked}, outcomesOf(shutdown.OutcomePlanned, shutdown.OutcomeRefused), "The first such call ends the run, before its plan is made."},
		{[]fault{partDied}, verdicts(shutdown.Unverified), "The document of a part that dies is lost, so nobody knows more of its instances."},
		{[]fault{partDied}, outcomesOf(shutdown.OutcomeStopped, shutdown.OutcomePlanned, shutdown.OutcomeRefused), "A part has instances, and UNVERIFIED is not good; only a run that stops something has parts."},
		{[]fault{unknownZone}, verdicts(), "No instance is found."},
		{[]fault{unknownZone}, outcomesOf(shutdown.OutcomeStopped, shutdown.OutcomePlanned), "The filter is refused each time."},
		{[]fault{oddStopCode}, []end{ofVerdict(shutdown.AlreadyStopped)}, "A stop was asked for, so it was not STOPPED before."},
		{[]fault{oddStopCode}, outcomesOf(shutdown.OutcomePlanned, shutdown.OutcomeRefused), "Nothing is asked to stop."},
		{[]fault{noticeFails}, verdicts(), "Metrics and notifications are sent after the last verdict."},
	}
}

// end is a verdict or an outcome. Some have the same name.
type end string

func ofVerdict(v shutdown.Verdict) end { return end("the verdict " + v) }
func ofOutcome(o shutdown.Outcome) end { return end("the outcome " + o) }

// verdicts are all verdicts except these.
func verdicts(except ...shutdown.Verdict) []end {
	var all []end
	for _, v := range shutdown.Verdicts() {
		if !slices.Contains(except, v) {
			all = append(all, ofVerdict(v))
		}
	}
	return all
}

func outcomesOf(all ...shutdown.Outcome) []end {
	var ends []end
	for _, o := range all {
		ends = append(ends, ofOutcome(o))
	}
	return ends
}

// impossible says why a fault cannot meet a verdict or an outcome; empty where it can.
func impossible(f fault, e end) string {
	for _, n := range nevers() {
		if slices.Contains(n.faults, f) && slices.Contains(n.ends, e) {
			return n.why
		}
	}
	return ""
}

// Surprises lists the pairs that should have occurred and did not, and those that
// occurred though they cannot. It means little for a short campaign.
func (r *Result) Surprises() []string {
	var all []string
	check := func(n int, f fault, e end) {
		switch why := impossible(f, e); {
		case n == 0 && why == "":
			all = append(all, fmt.Sprintf("%s never met %s", f, e))
		case n > 0 && why != "":
			all = append(all, fmt.Sprintf("%s met %s %d times, which cannot be: %s", f, e, n, why))
		}
	}
	for _, f := range faults() {
		for _, v := range shutdown.Verdicts() {
			check(r.met(f).Verdicts[v], f, ofVerdict(v))
		}
		for _, o := range outcomes() {
			check(r.met(f).Outcomes[o], f, ofOutcome(o))
		}
	}
	return all
}
