package runs

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

const (
	maxSummary      = 1000 // characters; the whole of it is the cause of a failed execution
	maxSummaryBytes = 2500
	named           = 10 // instances that a summary names
)

// summarize says in one line how the run stands. It names as many instances as there is room
// for beside the remarks, which say why.
func (r *Run) summarize() string {
	tail, line := tailOf(r.Remarks), text.Line(r.tally(named))
	for most := named - 1; most > 0 && shortSummary(line+tail) != line+tail; most-- {
		line = text.Line(r.tally(most))
	}
	return before(tail, line)
}

// before is a line with the tail after it, which has a bound: the line is cut where there is
// no room for all of it.
func before(tail, line string) string {
	return text.Brief(line, maxSummary-utf8.RuneCountInString(tail), maxSummaryBytes-text.Bytes(tail)) + tail
}

// tailOf is what the remarks add to a line.
func tailOf(remarks []string) string {
	if len(remarks) == 0 {
		return ""
	}
	return " " + text.Brief(strings.Join(remarks, " "), maxSummary*7/10, maxSummaryBytes*7/10)
}

// tally says what the verdicts so far come to, and names so many instances at most.
func (r *Run) tally(most int) string {
	all := len(r.Instances) + r.Omitted
	if all == 0 && r.Next == NextReport {
		return "The filter could not be resolved; nothing was " + r.Action.Way().Done + "."
	}
	if all == 0 {
		return "Not planned yet."
	}
	line := fmt.Sprintf("%d of %s %s%s", r.Counts[r.Action.Way().Reached], countOf(all), r.Action.Way().Done, r.others())
	not := "Not " + r.Action.Way().Done
	if r.CheckOnly {
		line, not = fmt.Sprintf("%d of %s off%s", r.Counts[r.Action.Way().Already], countOf(all), r.others()), "Not off"
	}
	if open := len(r.open()); open > 0 {
		line += fmt.Sprintf(", %d open", open)
	}
	line += "."
	bad := r.instances(func(in *power.Instance) bool { return in.Verdict != power.Open && !in.Verdict.Good() })
	if len(bad) > 0 {
		line += " " + not + ": " + listed(most, bad, result, all-r.good()-len(r.open())) + "."
	}
	if forgotten := r.instances((*power.Instance).KeptForGood); len(forgotten) > 0 {
		line += " No run will come back to these kept instances: " + listed(most, forgotten, (*power.Instance).Label, len(forgotten)) + "."
	}
	if r.Nameless > 0 {
		line += fmt.Sprintf(" Zenlayer also listed %s whose instanceId cannot be read.", countOf(r.Nameless))
	}
	return line
}

func shortSummary(line string) string { return text.Brief(line, maxSummary, maxSummaryBytes) }

func (r *Run) good() int {
	n := 0
	for v, count := range r.Counts {
		if v.Good() {
			n += count
		}
	}
	return n
}

// others counts the good verdicts for which nothing was asked.
func (r *Run) others() string {
	var s strings.Builder
	if n := r.Counts[r.Action.Way().Already]; n > 0 && !r.CheckOnly {
		fmt.Fprintf(&s, ", %d already %s", n, r.Action.Way().To)
	}
	if n := r.Counts[power.Protected]; n > 0 {
		fmt.Fprintf(&s, ", %d protected", n)
	}
	if n := r.Counts[power.Kept]; n > 0 {
		fmt.Fprintf(&s, ", %d kept", n)
	}
	return s.String()
}

// list names the first ten of total instances, and says how many more there are.
func list(instances []*power.Instance, say func(*power.Instance) string, total int) string {
	return listed(named, instances, say, total)
}

func listed(most int, instances []*power.Instance, say func(*power.Instance) string, total int) string {
	var names []string
	for _, in := range instances[:min(most, len(instances))] {
		names = append(names, say(in))
	}
	line := strings.Join(names, ", ")
	if more := total - len(names); more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return line
}

// result is the instance with its verdict, for a summary.
func result(in *power.Instance) string {
	s := in.Label() + " " + string(in.Verdict)
	if in.Status != "" && slices.Contains([]power.Verdict{power.TimedOut, power.Unverified}, in.Verdict) {
		s += fmt.Sprintf(" (last seen %s)", in.Status)
	}
	return s
}

func countOf(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Note makes a text fit for Run.Notes: one printable line of at most 300 characters.
func Note(s string) string { return text.Brief(s, 300, 600) }
