package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
	"zenstop/internal/text"
)

// mostRows is how many instances a report lists without being asked for all.
const mostRows = 50

// report prints a row for each instance of the run, its notes and its summary. Of
// many instances it lists the first, unless it is to list all.
func report(out *screen, e stack.Execution, all bool) {
	fmt.Fprintf(out, "\nRun %s (%s)\n\n", e.Name, e.Run.Trigger.Kind)
	listed := e.Run.Instances
	if !all && len(listed) > mostRows {
		listed = worstFirst(listed)[:mostRows]
	}
	if len(listed) > 0 {
		table(out, listed)
		fmt.Fprintln(out)
	}
	if n := len(e.Run.Instances) - len(listed); n > 0 {
		fmt.Fprintf(out, "%d more instances are not listed here.\n", n)
	}
	if e.Run.Omitted > 0 {
		fmt.Fprintf(out, "%d instances are left out of this report, to keep it within one payload.\n", e.Run.Omitted)
	}
	if n := len(e.Parts); n > 0 {
		fmt.Fprintf(out, "The run has %d parts, the executions %s to %s. While their stack is up, make show RUN=%s reports one of them.\n",
			n, e.Parts[0], e.Parts[n-1], e.Parts[0])
	}
	for _, note := range e.Run.Notes {
		fmt.Fprintln(out, "note: "+note)
	}
	outcome, what := ending(e)
	fmt.Fprintf(out, "%s: %s\n", out.paint(colourOfEnd(e), outcome), what)
}

// worstFirst sorts by verdict: bad ones, open ones, good ones.
func worstFirst(instances []power.Instance) []power.Instance {
	rank := func(v power.Verdict) int {
		switch {
		case v.Good():
			return 2
		case v == power.Open:
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(instances), func(a, b power.Instance) int { return rank(a.Verdict) - rank(b.Verdict) })
}

// ending is the outcome of a run with its summary. A run that died or still works
// has no report, so then it is what Step Functions says of its execution.
func ending(e stack.Execution) (outcome, what string) {
	switch {
	case e.Run.Outcome != runs.OutcomeWaiting:
		return string(e.Run.Outcome), e.Run.Summary
	case !e.Ended():
		return string(e.Status), cmp.Or(e.Run.Summary, "the run has only just started")
	}
	return string(e.Status), text.Line(fmt.Sprintf("the run made no report. %s %s", e.Error, e.Cause))
}

func colourOfEnd(e stack.Execution) string {
	switch {
	case e.Run.Outcome.Good():
		return bold + ";" + green
	case !e.Ended():
		return bold
	}
	return bold + ";" + red
}

// table prints the instances in aligned columns. A whole row has one colour: codes
// inside a cell would count as its width.
func table(out *screen, instances []power.Instance) {
	var plain bytes.Buffer
	t := tabwriter.NewWriter(&plain, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "INSTANCE\tNAME\tBEFORE\tSTATUS\tVERDICT\tSECONDS\tREASON")
	for _, in := range instances {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%7s\t%s\n", in.ID, text.Line(in.Name),
			cmp.Or(in.Before, "-"), cmp.Or(in.Status, "-"), cmp.Or(string(in.Verdict), "-"), seconds(in.Seconds), reason(in))
	}
	_ = t.Flush() // a buffer takes everything
	rows := strings.Split(strings.TrimSuffix(plain.String(), "\n"), "\n")
	fmt.Fprintln(out, out.paint(bold, strings.TrimRight(rows[0], " ")))
	for i, row := range rows[1:] {
		fmt.Fprintln(out, out.paint(colourOfVerdict(instances[i].Verdict), strings.TrimRight(row, " ")))
	}
}

// seconds is the time that a stop took; an instance that this run did not stop has none.
func seconds(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// reason is why an instance has its verdict: its note, or else what a verdict that is
// not good means.
func reason(in power.Instance) string {
	meanings := map[power.Verdict]string{
		power.Recycled:     "is in the recycle bin",
		power.Missing:      "was absent in several answers in a row",
		power.Refused:      "is in a status that cannot be stopped or started",
		power.Restarted:    "is RUNNING again after it was seen STOPPING or STOPPED",
		power.StoppedAgain: "is STOPPED again after it was seen BOOTING or RUNNING",
		power.Running:      "is up, and should be off",
		power.TimedOut:     "was not seen in the status that it should have by the deadline",
		power.Unverified:   "could not be asked about any more",
	}
	return cmp.Or(text.Line(in.Note), meanings[in.Verdict])
}

func colourOfVerdict(v power.Verdict) string {
	switch {
	case v == power.Open:
		return yellow
	case v == power.Stopped:
		return green
	case v.Good():
		return dim
	}
	return red
}
