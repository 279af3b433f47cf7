package shutdown

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"zenstop/internal/zenlayer"
)

const (
	maxSummary   = 1000 // characters; the whole of it is the cause of a failed execution
	namedMembers = 10   // instances that a summary names
)

func (r *Run) count() {
	r.Counts = map[Verdict]int{}
	for i := range r.Instances {
		if v := r.Instances[i].Verdict; v != Open {
			r.Counts[v]++
		}
	}
}

// summarize says in one line how the run stands.
func (r *Run) summarize() string {
	all := len(r.Instances)
	if all == 0 {
		return "The filter could not be resolved by the deadline; nothing was stopped."
	}
	stopped := r.Counts[Stopped]
	head := fmt.Sprintf("%d of %s stopped%s", stopped, instances(all), r.others())
	switch r.Outcome {
	case OutcomeFailed:
		return oneLine(head + ". Not stopped: " + r.culprits() + ".")
	case OutcomeWaiting:
		if !r.Planned {
			return "Not planned yet."
		}
		if len(r.open()) == 0 {
			return head + "; a last look is due."
		}
		return oneLine(fmt.Sprintf("%s, %d open.", head, len(r.open())))
	default:
		return head + "."
	}
}

// others counts the good verdicts that needed no stop.
func (r *Run) others() string {
	var s strings.Builder
	if n := r.Counts[AlreadyStopped]; n > 0 {
		fmt.Fprintf(&s, ", %d already STOPPED", n)
	}
	if n := r.Counts[Protected]; n > 0 {
		fmt.Fprintf(&s, ", %d protected", n)
	}
	return s.String()
}

// culprits names the instances whose verdict is not good.
func (r *Run) culprits() string {
	var names []string
	more := 0
	for i := range r.Instances {
		in := &r.Instances[i]
		switch {
		case in.Verdict.Good():
		case len(names) == namedMembers:
			more++
		default:
			names = append(names, in.label()+" "+in.why())
		}
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

func (in *Instance) why() string {
	if in.Verdict == TimedOut && in.Status != "" {
		return fmt.Sprintf("%s (last seen %s)", in.Verdict, in.Status)
	}
	return string(in.Verdict)
}

func instances(n int) string {
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

// cut bounds s to n characters.
func cut(s string, n int) string {
	count := 0
	for i := range s {
		if count == n-1 && len([]rune(s[i:])) > 1 {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// oneLine replaces what is not printable and bounds the length.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?"))
	return cut(s, maxSummary)
}

// code is the vendor's code of an error, or the error itself.
func code(err error) string {
	if api, ok := errors.AsType[*zenlayer.APIError](err); ok && api.Code != "" {
		return cut(api.Code, 80)
	}
	return cut(oneLine(err.Error()), 80)
}

// Note makes a text fit for Run.Notes: one printable line of at most 300 characters.
func Note(s string) string { return cut(oneLine(s), 300) }
