package campaign

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// comeBack starts the execution that comes back to kept instances, as Step Functions
// does: see StartExecution.
func (x *execution) comeBack(name string, input []byte) *asl.Failure {
	s := x.session
	if s.happens(startThrottled, x.name, x.chance) {
		return &asl.Failure{Error: "StepFunctions.SfnException", Cause: "Rate exceeded"}
	}
	begins, taken := s.mayStart(name, input)
	if taken {
		return cloud.NameTaken(name)
	}
	if begins {
		back := s.newExecution(name, input, nil, x)
		if back.starts() {
			s.judge.restores(back)
		} else {
			s.judge.punctual(back)
		}
		s.spawn(func(chance *rand.Rand) { back.run(context.Background(), chance) })
	}
	if s.happens(lostResult, x.name, x.chance) {
		return &asl.Failure{Error: "States.Timeout", Cause: "Read timed out."}
	}
	return nil
}

// punctual checks that the execution comes back when the first keep ends, or earlier by the
// time of a warning that nobody has given yet; at once where that is over.
func (j *judge) punctual(x *execution) {
	var first time.Time
	for _, in := range x.origin.keptRows() {
		if first.IsZero() || in.KeepUntil.Before(first) {
			first = *in.KeepUntil
		}
	}
	if x.origin.warner().told == nil || x.origin.cannotWarn() {
		first = first.Add(-j.world.warning())
	}
	latest := time.Now().Add(time.Second)
	if first.After(latest) {
		latest = first
	}
	if at := x.document.StopAt; at == nil || at.Before(first) || at.After(latest) {
		j.find(forgotten, "%s comes back at %v, the first keep ends at %s", x.name, at, first)
	}
}

// held is how long the execution waited for its first request by design.
func (x *execution) held() time.Duration {
	at := x.document.StopAt
	if x.starts() {
		at = x.document.StartAt
	}
	if at != nil {
		return max(0, at.Sub(x.began))
	}
	return 0
}

// keptRows are the instances to which somebody must come back. The document before its
// report still has those open whose keep has ended and which the report of a run that
// gives up from its deadline on closes as KEPT again, and those that are kept for longer and
// could not be read again. A run that came back and could not warn has nothing more to do for
// those whose keep was to end.
func (x *execution) keptRows() []power.Instance {
	var rows []power.Instance
	for _, in := range x.whole().Instances {
		if in.Verdict == power.Open && in.Memory.KeepEnded != 0 && !x.decided.Before(x.document.Deadline) {
			until := time.Unix(in.Memory.KeepEnded, 0).UTC()
			in.Verdict, in.KeepUntil = power.Kept, &until
		}
		if in.Verdict == power.Open && in.KeepUntil != nil && in.KeepUntil.After(x.decided) {
			in.Verdict = power.Kept
		}
		if in.Verdict == power.Kept && in.KeepUntil != nil && x.inTime(*in.KeepUntil) && (!x.cannotWarn() || in.KeepUntil.After(*x.document.StopAt)) {
			rows = append(rows, in)
		}
	}
	return rows
}

// cannotWarn reports whether the execution came back and was refused.
func (x *execution) cannotWarn() bool {
	return x.origin != nil && x.document.Outcome == runs.OutcomeRefused
}

// owes reports whether somebody must come back to the instance.
func (x *execution) owes(id string) bool {
	return slices.ContainsFunc(x.keptRows(), func(in power.Instance) bool { return in.ID == id })
}

// whole is the document with all of the execution's own instances: the report may leave
// some out.
func (x *execution) whole() *runs.Run {
	if x.document.Omitted > 0 && !x.hasParts() {
		return &x.unreduced
	}
	return &x.document
}

// guarded reports whether a plan has applied the guards, so that somebody may come back.
func (x *execution) guarded() bool {
	return x.passed || x.told != nil || x.parent != nil || x.origin != nil
}

// leavesThem reports whether the report says that no run could be started that comes
// back to the kept instances.
func (x *execution) leavesThem() bool {
	return x.unreported || strings.Contains(x.document.Summary, " could not be started (")
}

// forgotten checks that each KEPT instance with a time is in exactly one execution that
// comes back, unless the report says that none could be started.
func (j *judge) forgotten() {
	backs := map[seat]int{}
	for _, x := range j.world.executions {
		for id := range x.backs {
			at := x.seat(id)
			backs[at]++
			from := j.verdicts[seat{comeBacks: at.comeBacks - 1, id: id}]
			leftOut := x.origin.document.Omitted > 0 && x.origin.owes(id) // nobody saw its verdict
			if (from.is != power.Kept || from.until == nil) && !leftOut && !j.world.partDied(id) {
				j.wrong("%s comes back to %s, which is %s", x.name, id, from.is)
			}
		}
	}
	for at, v := range j.verdicts {
		j.named(at.id, v)
		if v.is != power.Kept || v.until == nil || v.by.died.Load() {
			continue
		}
		if at.starts {
			j.wrong("%s is KEPT in %s, which starts", at.id, v.by.name)
			continue
		}
		acts := j.world.twist.expects() == "" && j.world.twist != onlyLook && v.by.document.Outcome != runs.OutcomeRefused
		if v.by.cannotWarn() {
			acts = v.until.After(*v.by.document.StopAt)
		}
		acts = acts && v.by.inTime(*v.until)
		n := backs[seat{comeBacks: at.comeBacks + 1, id: at.id}]
		if acts && n != 1 && !v.by.leavesThem() || !acts && n > 0 {
			j.find(forgotten, "%s is KEPT until %s in %s, and %d executions come back to it", at.id, v.until, v.by.name, n)
		}
		if root := v.by.parent; root != nil && v.by.leavesThem() && root.document.Outcome != runs.OutcomeFailed {
			j.find(forgotten, "no run comes back to %s of %s, and %s is %s", at.id, v.by.name, root.name, root.document.Outcome)
		}
	}
}

// named checks that the summary tells of instances that are KEPT and to which nobody
// comes back. Where no function could report the run, the one sentence of the definition
// stands for it, and the run has failed.
func (j *judge) named(id string, v verdict) {
	x := v.by
	if x.parent != nil {
		x = x.parent
	}
	const fewest = 50 // rows for which a part of a story's run has room; those without a good verdict come first
	bad := 0
	for is, n := range v.by.document.Counts {
		if !is.Good() {
			bad += n
		}
	}
	if v.by.parent != nil && bad >= fewest {
		return
	}
	run := &x.document
	acted := acted(run.Outcome)
	if v.is == power.Kept && v.until == nil && acted && !v.by.died.Load() && !x.unreported && !strings.Contains(run.Summary, "No run will come back to these kept instances: ") && !strings.Contains(run.Summary, "No run will come back to ") && len(run.Summary) < maxSummary {
		j.find(forgotten, "%s is KEPT in %s and nobody comes back, and the summary does not say so: %s", id, x.name, run.Summary)
	}
}

// maxSummary is where a summary is cut, in characters.
const maxSummary = 1000

// accountBack checks that the execution that comes back says what became of each of its
// instances.
func (j *judge) accountBack(x *execution) {
	run := &x.document
	j.result.Outcomes[run.Outcome]++
	refused := run.Outcome == runs.OutcomeRefused && x.notWarned()
	if run.Outcome != runs.OutcomeStopped && run.Outcome != runs.OutcomeFailed && !refused {
		j.wrong("%s has the outcome %s: %s", x.name, run.Outcome, run.Summary)
	}
	for i := range run.Instances {
		if in := &run.Instances[i]; x.losesKeep(in) {
			j.find(forgotten, "%s, which %s has read no row of, is %s there, and its keep was to last longer", in.ID, x.name, in.Verdict)
		}
	}
	j.accountRows(x, x.backs, j.prompt)
}

// accountRows checks that an execution reports exactly those instances which were handed on to
// it, each once, and each in time.
func (j *judge) accountRows(x *execution, handed map[string]bool, prompt func(*power.Instance, *execution)) {
	run := &x.document
	found := map[string]bool{}
	for i := range run.Instances {
		in := &run.Instances[i]
		if found[in.ID] || !handed[in.ID] {
			j.lost("%s stands in %s, to which others were handed on, or twice", in.ID, x.name)
		}
		found[in.ID] = true
		if in.Verdict != power.Open {
			j.result.Verdicts[in.Verdict]++
		}
		if in.Requests > 3 {
			j.wrong("%s was asked to %s %d times", in.ID, run.Action, in.Requests)
		}
		if !x.unreported {
			prompt(in, x)
		}
	}
	if len(found)+run.Omitted != len(handed) {
		j.lost("%d instances were handed on to %s, and it reports %d, omitting %d", len(handed), x.name, len(found), run.Omitted)
	}
}

// losesKeep reports whether the execution came back, could not read the row of an instance
// that was kept for longer, and gave it up.
func (x *execution) losesKeep(in *power.Instance) bool {
	gaveUp := in.Verdict == power.TimedOut || in.Verdict == power.Unverified
	if !gaveUp || x.unreported {
		return false
	}
	var input runs.Run
	x.session.judge.must(json.Unmarshal(x.input, &input))
	at := slices.IndexFunc(input.Instances, func(of power.Instance) bool { return of.ID == in.ID })
	if at < 0 {
		return false // see accountBack
	}
	due := *input.StopAt
	if input.Memory.Warn > 0 {
		due = due.Add(x.session.warning())
	}
	reported := x.reportedAt
	if until := input.Instances[at].KeepUntil; !until.After(reported) || !until.After(due) {
		return false
	}
	return !x.session.judge.look(in.ID, x.began).read(x)
}

// keepsUnread reports whether the execution could not have its last look, and has an instance
// that is KEPT although its row was not read again.
func (x *execution) keepsUnread() bool {
	blind := strings.Contains(x.document.Summary, "could not be had: ") || strings.Contains(x.document.Summary, "could not go on: ")
	return blind && slices.ContainsFunc(x.document.Instances, func(in power.Instance) bool { return strings.HasSuffix(in.Note, "as far as its row was read") })
}
