package runs

import (
	"fmt"
	"slices"
	"strings"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

const (
	maxSummary      = 1000 // characters; the whole of it is the cause of a failed execution
	maxSummaryBytes = 2500
	named           = 10 // instances that a summary names
)

// summarize says in one line how the run stands.
func (r *Run) summarize() string {
	return strings.Join(slices.Concat([]string{r.tally()}, r.Remarks), " ")
}

// tally says what the verdicts so far come to.
func (r *Run) tally() string {
	all := len(r.Instances) + r.Omitted
	if all == 0 && r.Next == NextReport {
		return "The filter could not be resolved; nothing was stopped."
	}
	if all == 0 {
		return "Not planned yet."
	}
	line := fmt.Sprintf("%d of %s stopped%s", r.Counts[power.Stopped], countOf(all), r.others())
	not := "Not stopped"
	if r.CheckOnly {
		line, not = fmt.Sprintf("%d of %s off%s", r.Counts[power.AlreadyStopped], countOf(all), r.others()), "Not off"
	}
	if open := len(r.open()); open > 0 {
		line += fmt.Sprintf(", %d open", open)
	}
	line += "."
	bad := r.instances(func(in *power.Instance) bool { return in.Verdict != power.Open && !in.Verdict.Good() })
	if len(bad) > 0 {
		line += " " + not + ": " + list(bad, result, all-r.good()-len(r.open())) + "."
	}
	if forgotten := r.instances((*power.Instance).KeptForGood); len(forgotten) > 0 {
		line += " power.Kept, and no run comes back: " + list(forgotten, (*power.Instance).Label, len(forgotten)) + "."
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

// others counts the good verdicts that needed no stop.
func (r *Run) others() string {
	var s strings.Builder
	if n := r.Counts[power.AlreadyStopped]; n > 0 && !r.CheckOnly {
		fmt.Fprintf(&s, ", %d already STOPPED", n)
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
	var names []string
	for _, in := range instances[:min(named, len(instances))] {
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
