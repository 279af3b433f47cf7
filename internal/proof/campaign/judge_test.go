package campaign

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// judge holds what the documents of one story say against what the simulator knows.
type judge struct {
	world    *world
	mu       sync.Mutex // of what follows
	result   *Result
	verdicts map[seat]verdict
}

// seat is the place of an instance in a run, or in the run that comes back to it for the first
// time, the second time and so on, or in one that starts it.
type seat struct {
	comeBacks int
	id        string
	starts    bool
	rival     bool
}

// seat is that of an instance in the execution.
func (x *execution) seat(id string) seat {
	return seat{x.document.ComeBacks, id, x.starts(), x.rival()}
}

// verdict is what the executions say of one instance, and since when.
type verdict struct {
	is    power.Verdict
	at    time.Time
	until *time.Time // the time of its keep tag
	by    *execution
}

func newJudge(w *world) *judge {
	return &judge{world: w, result: newResult(), verdicts: make(map[seat]verdict, len(w.fleet))}
}

func (j *judge) find(kind kind, format string, args ...any) {
	j.result.Findings = append(j.result.Findings, Finding{Kind: kind, Seed: j.world.seed, Rule: format, Text: fmt.Sprintf(format, args...)})
}

func (j *judge) wrong(format string, args ...any)     { j.find(wrong, format, args...) }
func (j *judge) lost(format string, args ...any)      { j.find(lost, format, args...) }
func (j *judge) unbounded(format string, args ...any) { j.find(unbounded, format, args...) }

// gaveUp counts an execution that no check could end, which nothing but a refusal of the
// credentials may keep from going on until its deadline.
func (j *judge) gaveUp(x *execution) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.result.GaveUp++
	if left := time.Until(x.document.Deadline); left > 0 && !j.world.refusesAll(time.Now()) {
		j.unbounded("%s gave up %s before its deadline", x.name, left)
	}
}

// must reports an error that nothing in a story can cause.
func (j *judge) must(err error) {
	if err != nil {
		j.lost("a document or an event cannot be read: %v", err)
	}
}

// watch judges each verdict at the moment when an execution's document gives it:
// what it says must have been so at some time since from, when the call began.
func (j *judge) watch(x *execution, from time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if x.died.Load() {
		return // nobody hears of it
	}
	var seen map[string]bool
	if acted(x.document.Outcome) && !x.hasParts() {
		seen = j.world.seenBy(x.lambda.number, from)
	}
	for i := range x.document.Instances {
		in := &x.document.Instances[i]
		at := x.seat(in.ID)
		was, until := j.verdicts[at].is, j.verdicts[at].until
		if seen != nil && in.Verdict.Reached() {
			j.atTheEnd(x, in, from, seen[in.ID])
		}
		if was == in.Verdict && (was != power.Kept || sameTime(until, in.KeepUntil)) {
			continue
		}
		j.verdicts[at] = verdict{in.Verdict, time.Now(), in.KeepUntil, x}
		look := j.look(in.ID, from)
		ended := was == power.Kept && until != nil && !until.After(time.Now())
		if was != power.Open && was != in.Verdict && !ended && !look.opensAgain(was, x) && !j.world.partDied(in.ID) {
			j.wrong("%s was %s and became %q", in.ID, was, in.Verdict)
		}
		if in.Verdict != power.Open && !look.bears(in, x) {
			j.wrong("%s is %s (%s) at %s, asked since %s; in truth %s", in.ID, in.Verdict, in.Note,
				j.world.elapsed(), from.Sub(j.world.start), look)
		} else if why := look.doubtful(in.Verdict, x); why != "" {
			j.wrong("%s is %s at %s, and "+why+"; answers, the newest first: %v", in.ID, in.Verdict, j.world.elapsed(), look.heard(x, several))
		}
	}
}

// same checks that the report of a run that had ended says nothing else of an instance, and
// that a run that nobody could report has failed, with what was open UNVERIFIED.
func (j *judge) same(x *execution, was runs.Run) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if x.unreported {
		j.result.Unreported++
	}
	verdicts := map[string]power.Verdict{}
	for i := range was.Instances {
		verdicts[was.Instances[i].ID] = was.Instances[i].Verdict
	}
	for i := range x.document.Instances {
		in := &x.document.Instances[i]
		closed := x.unreported && verdicts[in.ID] == power.Open && in.Verdict == power.Unverified
		if verdicts[in.ID] != in.Verdict && !closed {
			j.wrong("%s was %s in %s, and the report says %s", in.ID, verdicts[in.ID], x.name, in.Verdict)
		}
	}
	if x.unreported && x.document.Outcome != runs.OutcomeFailed {
		j.wrong("nobody could report %s, and it is %s", x.name, x.document.Outcome)
	}
}

// forget drops what a plan before a warning said: the plan after it begins anew.
func (j *judge) forget(x *execution) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range x.document.Instances {
		delete(j.verdicts, x.seat(x.document.Instances[i].ID))
	}
}

// atTheEnd checks that what a run reports as stopped, or started, was so in its last look.
// Where that look could not be had, or did not show it, the report says so, and what was
// seen stands.
func (j *judge) atTheEnd(x *execution, in *power.Instance, from time.Time, seen bool) {
	look := j.look(in.ID, from)
	switch {
	case look.plainly(x.way().from):
		j.wrong("%s is %s at the end of the run, %s, and the last look showed it "+x.way().from, in.ID, in.Verdict, j.world.elapsed())
	case look.lastShown(x) != "" && look.lastShown(x) != x.way().to:
		j.wrong("%s is %s at the end of the run, %s, and the last answer showed it as %s", in.ID, in.Verdict, j.world.elapsed(), look.lastShown(x))
	case excused(x.document.Notes, in.ID):
	case !look.was(x.way().to) && (look.spec.FalseStatus != x.way().to || !look.twice(x, x.way().to)):
		j.wrong("%s is %s at the end of the run, %s; in truth %s", in.ID, in.Verdict, j.world.elapsed(), look)
	case !seen:
		j.wrong("%s is %s at the end of the run, %s, and the last look has not asked for it", in.ID, in.Verdict, j.world.elapsed())
	case !look.shown(x):
		j.wrong("%s is %s at the end of the run, %s, and the last look did not show it", in.ID, in.Verdict, j.world.elapsed())
	}
}

func sameTime(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

// excused reports whether a note says that the last look could not be had, or did
// not show this instance; a note names ten.
func excused(notes []string, id string) bool {
	return slices.ContainsFunc(notes, func(note string) bool {
		named := strings.Contains(note, id) || strings.Contains(note, " more") || strings.HasSuffix(note, "…")
		return strings.HasPrefix(note, "The last look was not possible") || strings.HasPrefix(note, "The run could not go on") ||
			strings.HasPrefix(note, "The last look did not show") && named
	})
}
