package shutdown

import (
	"fmt"
	"slices"
	"strings"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
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
	line := fmt.Sprintf("%d of %s stopped%s", r.Counts[Stopped], countOf(all), r.others())
	not := "Not stopped"
	if r.CheckOnly {
		line, not = fmt.Sprintf("%d of %s off%s", r.Counts[AlreadyStopped], countOf(all), r.others()), "Not off"
	}
	if open := len(r.open()); open > 0 {
		line += fmt.Sprintf(", %d open", open)
	}
	line += "."
	bad := r.instances(func(in *Instance) bool { return in.Verdict != Open && !in.Verdict.Good() })
	if len(bad) > 0 {
		line += " " + not + ": " + list(bad, (*Instance).result, all-r.good()-len(r.open())) + "."
	}
	if forgotten := r.instances((*Instance).keptForGood); len(forgotten) > 0 {
		line += " Kept, and no run comes back: " + list(forgotten, (*Instance).label, len(forgotten)) + "."
	}
	if r.Nameless > 0 {
		line += fmt.Sprintf(" Zenlayer also listed %s whose instanceId cannot be read.", countOf(r.Nameless))
	}
	return line
}

func shortSummary(line string) string { return brief(line, maxSummary, maxSummaryBytes) }

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
	if n := r.Counts[AlreadyStopped]; n > 0 && !r.CheckOnly {
		fmt.Fprintf(&s, ", %d already STOPPED", n)
	}
	if n := r.Counts[Protected]; n > 0 {
		fmt.Fprintf(&s, ", %d protected", n)
	}
	if n := r.Counts[Kept]; n > 0 {
		fmt.Fprintf(&s, ", %d kept", n)
	}
	return s.String()
}

// list names the first ten of total instances, and says how many more there are.
func list(instances []*Instance, say func(*Instance) string, total int) string {
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
func (in *Instance) result() string {
	s := in.label() + " " + string(in.Verdict)
	if in.Status != "" && slices.Contains([]Verdict{TimedOut, Unverified}, in.Verdict) {
		s += fmt.Sprintf(" (last seen %s)", in.Status)
	}
	return s
}

// label is what a person knows the instance by.
func (in *Instance) label() string {
	if in.Name == "" || in.Name == in.ID {
		return in.ID
	}
	return fmt.Sprintf("%s (%s)", in.ID, in.Name)
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

// code is the vendor's code of an error, or else the error itself, shortened.
func code(err error) string {
	if err == nil {
		return ""
	}
	if c := zenlayer.Code(err); c != "" {
		return text.Cut(c, 80)
	}
	return text.Short(err.Error(), 80)
}

// Note makes a text fit for Run.Notes: one printable line of at most 300 characters.
func Note(s string) string { return brief(s, 300, 600) }
