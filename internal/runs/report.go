package runs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

// Ending is what the workflow hands to the call that reports: the document of a run that
// has ended or that cannot go on, and why.
type Ending struct {
	Run     Run       `json:"report"`
	Failure Failure   `json:"failure"` // of the state after which the run cannot go on
	Parts   []PartEnd `json:"parts"`   // what the child executions of a large run came to
	Notice  Notice    `json:"notice"`  // of a report before this one, where a further run could not be started
	Back    string    `json:"back"`    // the name of that run
}

// Failure is an error of a state of the workflow. Without one both texts are empty.
// Source: the AWS page of error handling in Step Functions.
type Failure struct {
	Error string // its name
	Cause string // of a function: an object with errorMessage
}

// PartEnd is what a child execution came to: its document, or else the part that it was to
// carry out.
type PartEnd struct {
	Run   *Run   `json:"run,omitempty"`
	Lost  *Part  `json:"lost,omitempty"`
	Error string `json:"error,omitempty"` // why it is lost
}

// Report is what comes of a run: the document, and what people and programs are told of it.
type Report struct {
	Run     Run    `json:"run"`
	Notice  Notice `json:"notice"`
	Further []Run  `json:"further"` // to be started after this one, each of which holds: they come back to kept instances, or start again
}

// Report ends a run, and says what is to be told of it. It asks nobody, and never fails: a
// run that no check ended, a large one, one that could not warn and one after which a further
// run could not be started are all reported here. What it returns fits one payload.
func (r Runner) Report(e Ending) Report {
	run, now := e.Run.clone(), r.Now()
	run.settle(run.finish(e, now), now)
	run.Version = Version
	large := len(e.Parts) > 0
	var back *Run
	if !large { // each part has its own
		back = run.comeBack(now)
	}
	rep := Report{Further: run.restore(back, e.Parts, now)}
	if e.Back == "" {
		run.tellOfMorning(rep.Further)
	}
	if back != nil { // it has to act before the others
		rep.Further = slices.Insert(rep.Further, 0, *back)
	}
	for i := range run.Instances {
		run.Instances[i].Memory = power.Memory{}
	}
	const texts = perReport + maxMessage
	for i := range rep.Further { // the ids count more
		if size(rep.Further) > maxPayload-texts {
			rep.Further[i].Trigger.Reason = ""
		}
	}
	rep.Notice = run.notice(min(maxMessage, max(0, maxPayload-perReport-size(rep.Further))))
	rep.Notice.Metrics = run.metrics(r.Stack, large, now)
	if len(e.Notice.Metrics) > 0 {
		rep.Notice.Metrics = withOutcome(e.Notice.Metrics, run.Outcome)
	}
	room := maxPayload - size(Report{Further: rep.Further, Notice: rep.Notice}) + size(Run{})
	if run.Part > 0 {
		room = min(room, run.Memory.Room)
	}
	run.fit(room)
	rep.Run = run
	return rep
}

// finish says how the run ends.
func (r *Run) finish(e Ending, now time.Time) move {
	ended := r.Outcome != OutcomeWaiting
	r.brokeOff()
	switch {
	case ended && e.Failure.Error == "":
		return endsAs(r.Outcome, r.Summary)
	case ended: // all that can fail then is the start of a further run
		what := "comes back to the kept instances"
		if strings.HasSuffix(e.Back, startSuffix) {
			what = "starts again what was stopped"
			r.notStarted(e.Back)
		}
		r.Forsaken = true
		r.amend(fmt.Sprintf("The run that %s could not be started (%s).", what, e.Failure.Error))
		return endsAs(OutcomeFailed, r.Summary)
	case len(e.Parts) > 0:
		r.merge(e.Parts, now)
	case r.Next == NextWarn:
		says := r.refusal(r.notWarned(e.Failure, now) + r.letGo(now))
		r.Memory.Warned = false
		return endsAs(OutcomeRefused, says)
	default:
		return r.giveUp(e.Failure.reason(), now)
	}
	return ends()
}

// reason is the failure in words.
func (f Failure) reason() string {
	if f.Error == "" {
		return "the workflow has reached its limit of 1000 calls of the functions."
	}
	var of struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if strings.HasPrefix(f.Error, "Zen") && json.Unmarshal([]byte(f.Cause), &of) == nil {
		return text.Cut(of.ErrorMessage, maxReason)
	}
	return f.Error + ": " + text.Cut(f.Cause, maxReason)
}

const maxReason = 400 // characters

// clockSkew is how far the clocks of the workflow and of a function may be apart.
const clockSkew = 2 * time.Second

// notWarned says why a run that was to warn did not. Nobody was warned, so nothing is
// stopped: somebody may be at work on a machine.
func (r *Run) notWarned(f Failure, now time.Time) string {
	switch by := r.Memory.WarnBy; {
	case f.Error != "":
		return fmt.Sprintf("the warning could not be sent (%s).", f.Error)
	case by != nil && now.Add(clockSkew).After(*by):
		return "the warning reached the topic too late: less than half of the announced time was left."
	}
	return "nobody is subscribed to the notification topic and confirmed, so nobody would have been warned."
}

// merge takes in what the parts of a large run came to. Of a part that ended without a
// document all instances are UNVERIFIED.
func (r *Run) merge(parts []PartEnd, now time.Time) {
	omitted, counts := 0, map[power.Verdict]int{}
	for _, p := range parts {
		of := p.Run
		if of == nil {
			of = r.lost(p, now)
		}
		r.Instances = append(r.Instances, of.Instances...)
		omitted += of.Omitted
		r.Forsaken = r.Forsaken || of.Forsaken
		r.StartsAgain += of.StartsAgain
		for v, n := range of.Counts {
			counts[v] += n
		}
		for _, note := range of.Notes {
			r.remark(note)
		}
		for _, note := range of.Remarks {
			r.say(note)
		}
	}
	r.Omitted, r.Counts = omitted, counts
}

// lost is the document of a part that ended without one.
func (r *Run) lost(p PartEnd, now time.Time) *Run {
	run := Run{Instances: r.instancesOf(p.Lost, now)}
	for i := range run.Instances {
		run.Instances[i].Close(power.Unverified, "")
	}
	run.count()
	why := "."
	if !strings.Contains(p.Error, "AlreadyExists") {
		why = ": " + p.Error + "."
	}
	run.say("The execution " + p.Lost.Name + " ended without a report" + why)
	return &run
}

// comeBack is the run that comes back to the instances that this one has found kept: it
// holds until the first of their times, reads their tags again, and stops what is kept no
// longer. Where this run had to warn and saw nothing to warn of, the next one does it, and so
// begins earlier by the time of the warning. It is nil where nobody has to come back.
func (r *Run) comeBack(now time.Time) *Run {
	kept := r.instances(r.comesBackTo)
	if !r.handsOn() || r.CheckOnly || r.DryRun || r.Forsaken || len(kept) == 0 {
		return nil
	}
	first := slices.MinFunc(kept, func(a, b *power.Instance) int { return a.KeepUntil.Compare(*b.KeepUntil) })
	back := make([]power.Instance, len(kept))
	for i, in := range kept {
		back[i] = power.Instance{ID: in.ID, Name: in.Name, KeepUntil: in.KeepUntil, Keeps: in.Keeps, Memory: power.Memory{Restore: in.Memory.Restore}}
	}
	warn, lasts := r.Memory.warnTime(), r.Deadline.Sub(r.actsFrom())
	if warn > 0 {
		lasts = warn + time.Duration(r.Memory.Timeout)*time.Second
	}
	at, most := latest(first.KeepUntil.Add(-warn), power.WholeSecond(now)), len(kept)
	if r.StartAt != nil && !at.Add(warn).Before(*r.StartAt) {
		return nil // it is too late to stop them
	}
	next := &Run{
		Name: r.nameOfNext(), Trigger: r.Trigger, Action: r.Action, StartedAt: at, Deadline: at.Add(lasts), StopAt: &at,
		StartAt: r.StartAt, Outcome: OutcomeWaiting, Next: NextHold, WaitSeconds: 1, ComeBacks: r.ComeBacks + 1,
		Instances: back, Counts: map[power.Verdict]int{}, Notes: []string{}, Summary: "Holds until " + at.Format(time.RFC3339) + ".",
		Memory: Memory{MaxInstances: &most, Warn: r.Memory.Warn, Timeout: r.Memory.Timeout, Morning: r.Memory.Morning},
	}
	if warn == 0 { // else the deadline follows from the warning
		_ = next.endBeforeStart()
	}
	return next
}

// handsOn reports whether further runs have to go on with what this one knows: it has acted, or
// came back and was refused, and the run before has handed it its instances.
func (r *Run) handsOn() bool {
	return r.Outcome.acted() || r.Outcome == OutcomeRefused && r.ComeBacks > 0
}

// comesBackTo reports whether a run comes back to the instance. One that is kept until the
// start, or longer, stays up.
func (r *Run) comesBackTo(in *power.Instance) bool {
	return in.KeptForNow() && (r.StartAt == nil || in.KeepUntil.Before(*r.StartAt))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// actsFrom is the moment from which the run may ask.
func (r *Run) actsFrom() time.Time {
	if r.startsAgain() {
		return *r.StartAt
	}
	if r.StopAt != nil {
		return *r.StopAt
	}
	return r.StartedAt
}

// nameOfNext is the name of the run that comes back after this one.
func (r *Run) nameOfNext() string {
	return strings.TrimSuffix(r.Name, keptSuffix(r.ComeBacks)) + keptSuffix(r.ComeBacks+1)
}

func keptSuffix(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "-kept"
	}
	return fmt.Sprintf("-kept-%d", n)
}
