package campaign

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// Print writes the result as one table, before it the findings, and the numbers
// that must be 0 at its end.
func (r *Result) Print(w io.Writer, cpu time.Duration) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\n", name, value) }
	row("runs", r.Runs)
	row("instances", r.Instances)
	row("executions", r.Executions)
	row("executions that came back to kept instances", r.CameBack)
	row("executions that started again what was stopped", r.Restored)
	row("runs that warned", r.Warned)
	row("executions that no check could end", r.GaveUp)
	row("executions that no call could report", r.Unreported)
	row("executions judged by their history alone", r.Judged)
	section(row, "outcome ", r.Outcomes)
	section(row, "verdict ", r.Verdicts)
	section(row, "quirk ", r.Quirks)
	row("calls of Zenlayer", r.Calls)
	row("calls per instance", fmt.Sprintf("%.2f", float64(r.Calls)/float64(max(1, r.Instances))))
	row("worst calls per instance, StopInstances", fmt.Sprintf("%d (seed %d)", r.WorstStops, r.WorstSeed))
	row("worst calls per instance, DescribeInstances", r.WorstLooks)
	row("worst share of the bound on calls", fmt.Sprintf("%.2f", r.WorstShare))
	row("worst document, in bytes", r.WorstBytes)
	row("worst rounds of an execution", r.WorstRounds)
	row("worst history of an execution, in events", r.WorstEvents)
	row("worst last verdict after the deadline", r.WorstOverrun.Round(time.Second))
	row("simulated hours", int(r.Simulated.Hours()))
	row("simulated hours per second of CPU", int(r.Simulated.Hours()/cpu.Seconds()))
	row("milliseconds of CPU per run", fmt.Sprintf("%.1f", cpu.Seconds()*1000/float64(r.Runs)))
	_ = t.Flush() // as with every print here: perhaps the reader has gone
	r.printMeetings(w)
	for k, name := range kindNames() {
		fmt.Fprintf(w, "%s: %d\n", name, r.Count(kind(k)))
	}
}

func section[K cmp.Ordered](row func(string, any), prefix string, counts map[K]int) {
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		row(prefix+fmt.Sprint(k), counts[k])
	}
}

// outcomes are those that an execution can end with.
func outcomes() []runs.Outcome {
	return []runs.Outcome{runs.OutcomeStopped, runs.OutcomeStarted, runs.OutcomePlanned, runs.OutcomeSkipped, runs.OutcomeFailed, runs.OutcomeRefused}
}

// printMeetings prints how many instances with each verdict, and how many runs with
// each outcome, met each fault. A dash is a pair that cannot be.
func (r *Result) printMeetings(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\nfault\truns\t")
	for _, v := range power.Verdicts() {
		fmt.Fprintf(t, "%s\t", strings.ReplaceAll(strings.ToLower(string(v)), "_", " "))
	}
	for _, o := range outcomes() {
		fmt.Fprintf(t, "%s\t", o)
	}
	fmt.Fprintln(t)
	for _, f := range faults() {
		m := r.met(f)
		fmt.Fprintf(t, "%s\t%d\t", f, m.Runs)
		for _, v := range power.Verdicts() {
			fmt.Fprintf(t, "%s\t", cell(m.Verdicts[v], f, ofVerdict(v)))
		}
		for _, o := range outcomes() {
			fmt.Fprintf(t, "%s\t", cell(m.Outcomes[o], f, ofOutcome(o)))
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
	fmt.Fprintln(w)
}

func cell(n int, f fault, e end) string {
	if n == 0 && impossible(f, e).why != "" {
		return "-"
	}
	return fmt.Sprint(n)
}
