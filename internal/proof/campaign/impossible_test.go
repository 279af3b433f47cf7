package campaign

import (
	"fmt"
	"slices"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// never is a set of pairs that cannot be: none of these faults meets any of these
// verdicts and outcomes.
type never struct {
	faults []fault
	ends   []end
	why    string
	rare   string // when such a pair can be all the same, once in about a million runs
}

// nevers lists every pair of a fault and a verdict or outcome that cannot be. All
// other pairs must occur in a campaign of 10,000 runs, and these in none, unless it
// is a rare one.
func nevers() []never {
	inWorkflow := []fault{
		throttle, unavailable, challenge, timeOut, lostAnswer, noResponse, cutBody, shortPage, notTheAPI, wrongCount, retryAfter, oddRefusal, noPermission, oddStopCode, oddDescribeCode,
		unknownZone, severalPages, listingChanges, unreachable, secretsDown, secretRotated, revoked, partDied,
	}
	atEnd := []fault{unavailableAtEnd, unreachableAtEnd, lambdaThrottledAtEnd, secretsDownAtEnd, stopCrossesEnd}
	stories := []fault{sharesOfZero, keepsAbreast, longOutage, lateWarning, crowdedRun, changesAfterStop}
	return []never{
		{
			faults: stories, ends: append(verdicts(), outcomesOf(outcomes()...)...), why: "Such a story is drawn for a few ends.",
			rare: "What is odd in it beside that may lead to others.",
		},
		{
			faults: inWorkflow, ends: outcomesOf(runs.OutcomeSkipped), why: "A skipped run calls no function, and its claim asks neither Zenlayer nor for the secret.",
			rare: "A run that starts again is skipped where the stack has no StartTime any more when it wakes up.",
		},
		{faults: atEnd, ends: outcomesOf(runs.OutcomeSkipped), why: "What the event or the plan decides is decided before the deadline."},
		{
			faults: atEnd, ends: outcomesOf(runs.OutcomePlanned, runs.OutcomeRefused), why: "What the event or the plan decides is decided before the deadline.",
			rare: "The last look plans a dry run that could not be planned before, and refuses a filter of which Zenlayer does not know a value, or which nothing matches.",
		},
		{faults: atEnd, ends: verdicts(), why: "The deadline is one of the run: these count for outcomes; for verdicts the fault counts under its own name."},
		{faults: []fault{noPermission, revoked}, ends: verdicts(power.TimedOut, power.Unverified, power.Kept, power.Refused), why: "The first such call ends the run, and what was still open is TIMED_OUT or UNVERIFIED."},
		{
			faults: []fault{noPermission, revoked}, ends: []end{ofVerdict(power.Kept), ofVerdict(power.Refused), ofOutcome(runs.OutcomeStopped)}, why: "The first such call ends the run, and what was still open is TIMED_OUT or UNVERIFIED.",
			rare: "What was KEPT until a moment ago stays so; what Zenlayer rejected until the deadline is REFUSED; and where all was confirmed before, the call was one of the last look.",
		},
		{
			faults: []fault{noPermission, revoked}, ends: outcomesOf(runs.OutcomePlanned, runs.OutcomeRefused), why: "The first such call ends the run, before its plan is made.",
			rare: "The plan is made all the same where the next attempts of the call meet other faults, so that its failure may pass, and other calls of the look were answered.",
		},
		{faults: []fault{partDied}, ends: verdicts(power.Unverified), why: "The document of a part that dies is lost, so nobody knows more of its instances."},
		{faults: []fault{partDied}, ends: outcomesOf(runs.OutcomeStopped, runs.OutcomePlanned, runs.OutcomeRefused), why: "A part has instances, and UNVERIFIED is not good; only a run that stops something has parts."},
		{faults: []fault{rivalRun}, ends: []end{ofVerdict(power.Running), ofOutcome(runs.OutcomePlanned), ofOutcome(runs.OutcomeSkipped)}, why: "Only a run that may stop or start something has another one beside it."},
		{faults: []fault{unknownZone}, ends: verdicts(), why: "No instance is found."},
		{faults: []fault{unknownZone}, ends: outcomesOf(runs.OutcomeStopped, runs.OutcomePlanned), why: "The filter is refused each time."},
		{
			faults: []fault{oddStopCode}, ends: []end{ofVerdict(power.AlreadyStopped)}, why: "A stop was asked for, so it was not STOPPED before.",
			rare: "One that was STOPPED is asked where one answer shows it RUNNING.",
		},
		{faults: []fault{oddStopCode}, ends: outcomesOf(runs.OutcomePlanned, runs.OutcomeRefused), why: "Nothing is asked to stop."},
		{faults: []fault{oddStopCode, warningSent, latecomer, cameBack}, ends: []end{ofVerdict(power.Running)}, why: "It is a verdict of runs that only look: they neither stop nor warn, and nothing comes back after them."},
		{faults: []fault{warningSent, latecomer, cameBack}, ends: outcomesOf(runs.OutcomePlanned, runs.OutcomeSkipped), why: "Such runs neither stop nor warn, and nothing comes back after them."},
		{
			faults: []fault{warningSent, latecomer}, ends: outcomesOf(runs.OutcomeRefused), why: "The plan before the warning has applied the guards.",
			rare: "The plan after the warning refuses the run where more is to be stopped by then than MaxInstances, or where nothing matches the filter any more.",
		},
		{
			faults: []fault{latecomer}, ends: []end{ofVerdict(power.Unverified)}, why: "Hardly anything ends such a run early.",
			rare: "Zenlayer may reject everything for good, or a part may die.",
		},
		{
			faults: []fault{cameBack}, ends: outcomesOf(runs.OutcomeRefused), why: "Runs that come back are bounded by their own rows.",
			rare: "One that has to warn is refused where its warning is none.",
		},
		{
			faults: []fault{nobodySubscribed}, ends: append(verdicts(power.Protected, power.Kept), outcomesOf(runs.OutcomeStopped, runs.OutcomePlanned, runs.OutcomeSkipped, runs.OutcomeFailed)...),
			why: "The run is refused before its warning, and stops nothing.", rare: "What the plan decides at once stays in the report.",
		},
		{
			faults: []fault{startsAgain}, ends: []end{ofVerdict(power.Stopped), ofVerdict(power.AlreadyStopped), ofVerdict(power.Kept), ofVerdict(power.Restarted), ofVerdict(power.Running)},
			why: "A run that starts again says nothing of stops.",
		},
		{
			faults: []fault{startsAgain}, ends: outcomesOf(runs.OutcomePlanned, runs.OutcomeRefused), why: "Nothing was stopped.",
			rare: "A run that came back may be refused, and have the start of what was stopped before.",
		},
		{
			faults: faults(), ends: append([]end{ofVerdict(power.Started), ofVerdict(power.AlreadyRunning), ofVerdict(power.StoppedAgain)}, outcomesOf(runs.OutcomeStarted)...),
			why: "A third of the stories start again what they stop, and most faults are over by then.", rare: "Some meet it.",
		},
		{faults: []fault{noticeFails, slowNotice}, ends: verdicts(), why: "Metrics and notifications decide no verdict, so they count for outcomes only."},
	}
}

// end is a verdict or an outcome. Some have the same name.
type end string

func ofVerdict(v power.Verdict) end { return end("the verdict " + v) }
func ofOutcome(o runs.Outcome) end  { return end("the outcome " + o) }

// verdicts are all verdicts except these.
func verdicts(except ...power.Verdict) []end {
	var all []end
	for _, v := range power.Verdicts() {
		if !slices.Contains(except, v) {
			all = append(all, ofVerdict(v))
		}
	}
	return all
}

func outcomesOf(all ...runs.Outcome) []end {
	var ends []end
	for _, o := range all {
		ends = append(ends, ofOutcome(o))
	}
	return ends
}

// impossible says why a fault cannot meet a verdict or an outcome; empty where it can.
func impossible(f fault, e end) never {
	for _, n := range nevers() {
		if slices.Contains(n.faults, f) && slices.Contains(n.ends, e) {
			return n
		}
	}
	return never{}
}

// Surprises lists the pairs that should have occurred and did not, and those that
// occurred though they cannot. It means little for a short campaign.
func (r *Result) Surprises() []string {
	var all []string
	check := func(n int, f fault, e end) {
		switch not := impossible(f, e); {
		case n == 0 && not.why == "":
			all = append(all, fmt.Sprintf("%s never met %s", f, e))
		case n > 0 && not.why != "" && not.rare == "":
			all = append(all, fmt.Sprintf("seed %d: %s met %s, %d times in all, which cannot be: %s", r.met(f).Seeds[e], f, e, n, not.why))
		}
	}
	for _, v := range power.Verdicts() {
		if r.Verdicts[v] == 0 {
			all = append(all, fmt.Sprintf("there was no verdict %s", v))
		}
	}
	for _, o := range outcomes() {
		if r.Outcomes[o] == 0 {
			all = append(all, fmt.Sprintf("there was no outcome %s", o))
		}
	}
	if r.Unreported == 0 {
		all = append(all, "there was no execution that no call could report")
	}
	for _, f := range faults() {
		if r.met(f).Runs == 0 {
			all = append(all, fmt.Sprintf("%s never occurred", f))
		}
		for _, v := range power.Verdicts() {
			check(r.met(f).Verdicts[v], f, ofVerdict(v))
		}
		for _, o := range outcomes() {
			check(r.met(f).Outcomes[o], f, ofOutcome(o))
		}
	}
	return all
}
