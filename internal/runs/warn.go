package runs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
)

// mustWarn reports whether the run tells of its stops before it makes them, also of those
// that come when a keep ends. A warning of no stop would be noise.
func (r *Run) mustWarn() bool {
	return r.unwarned() && len(r.instances(func(in *power.Instance) bool { return r.Action.MayBeNear(in) || in.KeptForNow() })) > 0
}

// unwarned reports whether the run has to warn and has not done so. Once it is planned, two
// plans have seen nothing to warn of: it asks for no stop, whatever it sees later, and the
// run that comes back after it warns.
func (r *Run) unwarned() bool {
	return !r.CheckOnly && !r.DryRun && r.Memory.Warn > 0 && !r.Memory.Warned
}

// warnTime is the time from the warning to the first stop.
func (m *Memory) warnTime() time.Duration { return time.Duration(m.Warn) * time.Second }

// warned lets a run whose plan saw something to stop warn of it. What does not fit a
// document with the filter and all that the warning names is refused.
func (r *Run) warned(target Memory, of Runner) move {
	seen, now := r.clone(), of.Now()
	says, lines := r.warn(target, now)
	if refused := of.setMorning(r); refused != "" {
		*r = seen
		return r.goOn(refused, now)
	}
	says += r.back(" They are started again at %s.") + tailOf(slices.DeleteFunc(slices.Clone(r.Remarks), func(line string) bool { return !strings.HasPrefix(line, nothingBack) }))
	r.Summary = says
	if r.Memory.Warning = warning(r.Name, says, lines, of.Rules); size(r) > maxPayload {
		for i := range r.Instances {
			r.Instances[i].Name = ""
		}
		r.Memory.Warning = warning(r.Name, says, r.foretell(func(in *power.Instance) string { return in.ID }), of.Rules)
		r.fit(maxPayload)
	}
	if bytes := size(r); bytes > maxPayload {
		*r = seen
		return r.goOn(fmt.Sprintf("the target and its warning take %d bytes, a run has room for %d: use a shorter filter, or one that matches fewer.", bytes, maxPayload), now)
	}
	return move{next: NextWarn, says: says}
}

// warn makes the run one that holds until the time that its warning gives, and then
// plans again with the target that it had. What the warning does not name is left
// alone then, so a filter's instances are written down. It returns the summary, and what the
// warning says of each instance, or of the kept ones alone where the state Warn of the
// definition adds the ids.
func (r *Run) warn(target Memory, now time.Time) (says string, lines []string) {
	at := power.WholeSecond(now.Add(r.Memory.warnTime()))
	r.StopAt, r.Deadline = &at, at.Add(time.Duration(r.Memory.Timeout)*time.Second)
	half := at.Add(-r.Memory.warnTime() / 2)
	all := ids(r.instances(anyInstance))
	says = fmt.Sprintf("%d of %s will be stopped at %s.", r.countDue(now), countOf(len(all)), at.Format(time.RFC3339))
	r.Planned, r.Memory = false, target
	r.Memory.Warned, r.Memory.WarnBy = true, &half
	if fitsOneExecution(all) {
		return says, r.foretell(foretold)
	}
	lines = r.foretell(func(*power.Instance) string { return "" })
	r.Instances = []power.Instance{}
	if target.Filter != nil {
		r.Memory.Named = all
	}
	return says, lines
}

// foretell is a line for each kept instance with its time, and for each other one what of
// says, unless that is empty.
func (r *Run) foretell(of func(*power.Instance) string) []string {
	var lines []string
	for _, in := range r.instances(anyInstance) {
		line := of(in)
		if in.KeptForNow() {
			line = foretold(in)
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// holds reports whether it is too early to plan and to ask.
func (r *Run) holds(now time.Time) bool {
	return (r.StopAt != nil || r.startsAgain()) && now.Before(r.actsFrom())
}

// forget drops what the plan before a warning saw, except what the warning named and until
// when it is kept. A look that was put off confirms what the last one saw, so there it is too
// late to forget.
func (r *Run) forget(now time.Time) {
	if !r.Memory.Warned || r.Memory.Extended {
		return
	}
	all := ids(r.instances(anyInstance))
	if r.Memory.Filter == nil {
		was := r.Instances
		r.Instances = r.rows(all, "", now)
		r.recall(was)
		return
	}
	r.Memory.Named, r.Instances = append(r.Memory.Named, all...), []power.Instance{}
}

// recall lets the instances know until when they were kept before, whether nobody knows that
// the filter matches them, and whether the run before may have asked for them.
func (r *Run) recall(was []power.Instance) {
	before := make(map[string]*power.Instance, len(was))
	for i := range was {
		before[was[i].ID] = &was[i]
	}
	for i := range r.Instances {
		in := &r.Instances[i]
		if of := before[in.ID]; of != nil {
			in.KeepUntil, in.Keeps, in.Memory.Unmatched, in.Memory.Restore = of.KeepUntil, of.Keeps, of.Memory.Unmatched, of.Memory.Restore
		}
	}
}
