package campaign

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

const shown = 20 // findings of each kind that a table prints

// Print writes the result as one table, before it the findings, and the three
// numbers that must be 0 at its end.
func (r *Result) Print(w io.Writer) {
	for _, findings := range [][]string{r.Wrong, r.Lost, r.Unbounded} {
		for i, f := range findings {
			if i == shown {
				fmt.Fprintf(w, "and %d more\n", len(findings)-shown)
				break
			}
			fmt.Fprintln(w, f)
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\n", name, value) }
	row("runs", r.Runs)
	row("instances", r.Instances)
	row("executions", r.Executions)
	section(row, "outcome ", r.Outcomes)
	section(row, "fault ", r.Faults)
	section(row, "quirk ", r.Quirks)
	section(row, "verdict ", r.Verdicts)
	row("calls of Zenlayer", r.Calls)
	row("calls per instance", fmt.Sprintf("%.2f", float64(r.Calls)/float64(max(1, r.Instances))))
	row("worst calls per instance, StopInstances", fmt.Sprintf("%d (seed %d)", r.WorstStops, r.WorstSeed))
	row("worst calls per instance, DescribeInstances", r.WorstLooks)
	row("worst share of the bound on calls", fmt.Sprintf("%.2f", r.WorstShare))
	row("worst rounds of an execution", r.WorstRounds)
	row("worst last verdict after the deadline", r.WorstOverrun.Round(time.Second))
	_ = t.Flush() // as with every print here: perhaps the reader has gone
	fmt.Fprintf(w, "wrong verdicts: %d\nlost instances: %d\nunbounded runs: %d\n", len(r.Wrong), len(r.Lost), len(r.Unbounded))
}

func section[K cmp.Ordered](row func(string, any), prefix string, counts map[K]int) {
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		row(prefix+fmt.Sprint(k), counts[k])
	}
}
