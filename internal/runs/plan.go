package runs

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// Plan resolves the target, applies the guards to the whole of it, and fixes the
// parts of a large run. It asks for nothing. Afterwards the run is planned or has
// ended. The error is set where Zenlayer could not be asked, or where its answers
// leave open what there is to ask for; then the document is as it was.
//
// In a child execution the run has planned already: the part only becomes the
// instances of this execution. From the deadline on nothing is planned: a check
// ends the run.
func (r Runner) Plan(ctx context.Context, run *Run) error {
	return r.carry(ctx, run, Runner.plan, (*Run).brokeOff)
}

func (r Runner) plan(ctx context.Context, run *Run) (move, error) {
	if run.holds(r.Now()) {
		return move{next: NextHold, says: run.Summary}, nil
	}
	if to, goesOn := r.wake(run); !goesOn {
		return to, nil
	}
	if refused := r.setMorning(run); refused != "" {
		return run.goOn(refused, r.Now()), nil
	}
	left := run.Deadline.Sub(r.Now())
	if left <= 0 {
		return goesTo(NextWait), nil
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	before := run.clone()
	run.Planned = true
	if run.Memory.Part != nil {
		run.unpack(r.Now())
		return run.goOn("", r.Now()), nil
	}
	run.forget(r.Now())
	if run.Memory.Warned {
		run.Memory.Warn = 0
	}
	refused, err := r.resolve(ctx, run)
	if err != nil {
		return run.planAgain(before, err)
	}
	run.Memory.Warned, run.Memory.WarnBy, run.Memory.Warning, run.Memory.Named, run.Memory.Culprits = false, nil, nil, nil, nil
	switch {
	case refused == "" && run.mustWarn():
		return run.warned(before.Memory, r), nil
	case refused == "" && run.unwarned() && !run.Memory.Idle: // one answer decides nothing
		*run = before
		run.Memory.Idle = true
		return goesTo(NextPlan), nil
	}
	if refused == "" && run.DryRun && run.Memory.Warn > 0 {
		refused = r.asWarned(run)
	}
	return run.goOn(refused, r.Now()), nil
}

// asWarned brings a dry run to where the run would be when it has warned and its time has come: keeps
// have ended by then, and what is stopped is started again at the first time after that. It returns
// why the run would be refused.
func (r Runner) asWarned(run *Run) (refused string) {
	at := power.WholeSecond(r.Now().Add(run.Memory.warnTime()))
	for _, in := range run.instances(func(in *power.Instance) bool { return in.KeptForNow() && !in.KeepUntil.After(at) }) {
		in.Verdict, in.KeepUntil = power.Open, nil
	}
	warned := run.clone()
	warned.StopAt = &at
	refused = r.setMorning(&warned)
	run.StartAt, run.Memory.Morning, run.Notes, run.Remarks = warned.StartAt, warned.Memory.Morning, warned.Notes, warned.Remarks
	return refused
}

// mostCulprits bounds what a document remembers of a search for culprits that broke off, as
// so many ids of 64 characters: a run with the most ids that there is room for must still
// fit.
const mostCulprits = 64

// suspect remembers as many of the suspects as there is room for beside the culprits.
func (r *Run) suspect(suspects []string) {
	for len(suspects) > 0 && size(r.Memory.Culprits)+size(suspects) > mostCulprits*(64+perID) {
		suspects = suspects[:len(suspects)/2]
	}
	r.Memory.Suspects = suspects
}

// planAgain is the end of a plan that failed. Where it found culprits that were not
// known before, the next one begins with them, so that it gets further: the search for
// one may take most of the time of a call of the function.
func (r *Run) planAgain(before Run, err error) (move, error) {
	culprits := r.Memory.Culprits[:min(len(r.Memory.Culprits), mostCulprits)]
	*r = before
	if final(err) || len(culprits) <= len(before.Memory.Culprits) {
		return move{}, err
	}
	r.Memory.Culprits = culprits
	return goesTo(NextPlan), nil
}

// goOn says what becomes of a run whose instances are known: it is refused, a dry
// run that ends here, a large run in parts, or one that goes on to ask.
func (r *Run) goOn(refused string, now time.Time) move {
	if refused != "" {
		r.explain("not asked to " + string(r.Action) + ": the run is refused")
		return endsAs(OutcomeRefused, r.refusal(refused+r.letGo(now)))
	}
	if r.DryRun {
		r.explain("")
		return endsAs(OutcomePlanned, r.prospects(now))
	}
	if all := ids(r.instances(anyInstance)); !fitsOneExecution(all) {
		r.split()
		return move{next: NextParts, says: fmt.Sprintf("%s in %d parts.", countOf(len(all)), len(r.Memory.Parts))}
	}
	return goesTo(r.askOrWait(now))
}

func anyInstance(*power.Instance) bool { return true }

// resolve fills in the instances of the run with their statuses. It returns why
// the run is refused, by Zenlayer or by a guard.
func (r Runner) resolve(ctx context.Context, run *Run) (refused string, err error) {
	find := r.resolveIDs
	if run.Memory.Filter != nil {
		find = r.resolveFilter
	}
	if refused, err = find(ctx, run); err == nil && refused == "" {
		refused = run.guard(r.Now())
	}
	return refused, err
}

func (r Runner) resolveIDs(ctx context.Context, run *Run) (refused string, err error) {
	run.unpack(r.Now())
	seen, err := r.look(ctx, ids(run.open()), run.Memory.Culprits)
	if err != nil {
		return "", err
	}
	culprits := those(seen, func(s power.Sighting) bool { return s.Culprit })
	run.Memory.Culprits = slices.Compact(slices.Sorted(slices.Values(slices.Concat(run.Memory.Culprits, culprits))))
	refusals := those(seen, func(s power.Sighting) bool { return s.Rejected != "" && !s.Final })
	again, err := r.look(ctx, refusals, refusals) // one answer may be a glitch
	if final(err) {
		return "", err
	}
	maps.Copy(seen, again) // nothing, where the time was over
	rules, now, unseen := run.rules(r.Rules), r.Now(), 0
	for _, in := range run.open() {
		if s, ok := seen[in.ID]; ok {
			in.Observe(s, rules, s.At)
		} else {
			unseen++
		}
	}
	// What was not seen matters only where it could break the limit.
	if due := run.countDue(now); !run.CheckOnly && due <= run.limit() && due+unseen > run.limit() {
		return "", unsettled("leaves out %s, which may be more than the limit allows", countOf(unseen))
	}
	return "", nil
}

// resolveFilter lists the instances of the filter.
func (r Runner) resolveFilter(ctx context.Context, run *Run) (refused string, err error) {
	f := *run.Memory.Filter
	listed, err := r.list(ctx, f)
	if zenlayer.BlamesInstance(err) {
		return unknownValue(f, zenlayer.Reason(err)), nil
	}
	if err != nil {
		return "", err
	}
	missing := run.missingFrom(listed)
	seen, err := r.look(ctx, missing, nil)
	if final(err) {
		return "", err
	}
	rules := run.rulesFor(r.Rules, len(listed.rows)+len(missing))
	run.takeIn(listed, rules, r.Now())
	run.takeSeen(missing, seen, f, rules)
	run.Memory.Named = nil // they are instances now
	return "", nil
}

// missingFrom are the ids that have to be asked for after a listing: those that a warning
// has named and that the listing leaves out, and the fleeting ones.
func (r *Run) missingFrom(listed listing) []string {
	there := make(map[string]bool, len(listed.rows))
	for _, row := range listed.rows {
		there[row.ID] = true
	}
	missing := slices.DeleteFunc(slices.Clone(r.Memory.Named), func(id string) bool { return there[id] })
	if r.Memory.Warned { // what no warning has named is left alone in any case
		return missing
	}
	return append(missing, listed.fleeting...)
}

// takeSeen makes instances of what was asked for by its id after a listing, unless its row
// shows that the filter does not match it. Where no row shows that it does, the instance
// is never touched.
func (r *Run) takeSeen(missing []string, seen map[string]power.Sighting, f zenlayer.Filter, rules power.Rules) {
	var others []*power.Instance
	for _, id := range missing {
		s, ok := seen[id]
		readable := ok && !s.Absent && s.Rejected == "" && s.Row.Unreadable == ""
		if readable && !matches(f, s.Row) {
			others = append(others, &power.Instance{ID: id})
			continue
		}
		in := power.Instance{ID: id, Memory: power.Memory{Unmatched: !readable}}
		if ok {
			in.Observe(s, rules, s.At)
		}
		r.Instances = append(r.Instances, in)
	}
	if len(others) > 0 && r.Memory.Warned {
		r.remark(fmt.Sprintf("The filter no longer matches %s that the warning named: left alone: %s.", countOf(len(others)), list(others, (*power.Instance).Label, len(others))))
	}
}

// takeIn makes instances of the rows of a listing. A row that cannot be read is one of
// them, since Zenlayer lists it for the filter, and is never touched: nobody can tell
// whether the filter matches it.
func (r *Run) takeIn(listed listing, rules power.Rules, now time.Time) {
	named := make(map[string]bool, len(r.Memory.Named))
	for _, id := range r.Memory.Named {
		named[id] = true
	}
	others := 0
	var late []*power.Instance
	for _, row := range listed.rows {
		switch {
		case row.isOther():
			others++
		case r.Memory.Warned && !named[row.ID]:
			late = append(late, &power.Instance{ID: row.ID})
		default:
			in := power.Instance{ID: row.ID, Memory: power.Memory{Unmatched: row.isDoubtful()}}
			in.Observe(row.sighting(), rules, now)
			r.Instances = append(r.Instances, in)
		}
	}
	r.Memory.Filter, r.Nameless = nil, listed.nameless
	r.remarkListing(late, others)
}

// remarkListing notes what a listing had besides the instances of the run.
func (r *Run) remarkListing(late []*power.Instance, others int) {
	if len(late) > 0 {
		r.remark(fmt.Sprintf("%s %s the filter, but the warning did not name %s, so %s left alone: %s.",
			countOf(len(late)), verb(len(late), "matches", "match"), verb(len(late), "it", "them"), verb(len(late), "it was", "they were"), list(late, (*power.Instance).Label, len(late))))
	}
	if others > 0 {
		r.remark(fmt.Sprintf("Zenlayer also listed %s that %s not match every field of the filter: left alone.", countOf(others), verb(others, "does", "do")))
	}
	if n := r.Nameless; n > 0 {
		r.remark(fmt.Sprintf("Zenlayer also listed %s whose instanceId cannot be read, so %s left alone.", countOf(n), verb(n, "it is", "they are")))
	}
}

// mostNotes is how many notes a run has at most: four of each of two plans, and two of the
// last look.
const mostNotes = 10

// remark adds a note to the report.
func (r *Run) remark(note string) { r.Notes = withNote(r.Notes, Note(note)) }

// say adds a note that the summary ends with.
func (r *Run) say(note string) {
	r.remark(note)
	r.Remarks = withNote(r.Remarks, Note(note))
}

// withNote adds a note that is not there yet, where there is room for it.
func withNote(notes []string, note string) []string {
	if slices.Contains(notes, note) || len(notes) >= mostNotes {
		return notes
	}
	return append(notes, note)
}

// unknownValue says which field of the filter Zenlayer rejects, as far as its
// code tells, and the value.
func unknownValue(f zenlayer.Filter, code string) string {
	fields := []struct{ in, name, value string }{
		{"ZONE", "zoneId", f.ZoneID},
		{"RESOURCE_GROUP", "resourceGroupId", f.ResourceGroupID},
		{"", "instanceName", f.InstanceName},
		{"", "hostname", f.Hostname},
		{"", "tagKeys", strings.Join(f.TagKeys, ", ")},
		{"", "tags", tagList(f.Tags)},
	}
	var given []string
	for _, field := range fields {
		if field.value == "" {
			continue
		}
		shown := fmt.Sprintf("target.filter.%s %q", field.name, field.value)
		if field.in != "" && strings.Contains(code, field.in) {
			return fmt.Sprintf("Zenlayer does not know %s (%s).", shown, code)
		}
		given = append(given, shown)
	}
	return fmt.Sprintf("Zenlayer rejects a value of %s (%s).", strings.Join(given, ", "), code)
}

func tagList(tags []zenlayer.Tag) string {
	var all []string
	for _, t := range tags {
		all = append(all, t.Key+"="+t.Value)
	}
	return strings.Join(all, ", ")
}

// guard says why the run is refused now that its instances are known, or nothing.
func (r *Run) guard(now time.Time) string {
	due := r.countDue(now)
	all := ids(r.instances(anyInstance))
	if len(all) == 0 && len(r.Notes) > 0 && strings.Contains(r.Notes[len(r.Notes)-1], "since the warning") {
		return "nothing that the warning named matches the filter any more."
	}
	if len(all) == 0 && r.Nameless > 0 {
		return "no instance that the filter matches has an instanceId that can be read."
	}
	if len(all) == 0 {
		return "no instance matches the filter."
	}
	if err := CheckRoom(all); err != nil {
		return "the target " + err.Error() + "."
	}
	if due > r.limit() && !r.CheckOnly {
		return fmt.Sprintf("%s would be %s, but the limit (maxInstances) is %d.", countOf(due), r.Action.Way().Done, r.limit())
	}
	return ""
}

// countDue is how many the run may ask for now, or at the time that the warning gives which it
// has to send: those too whose keep ends until then.
func (r *Run) countDue(now time.Time) int { return len(r.instances(r.isDue(now))) }

func (r *Run) isDue(now time.Time) func(*power.Instance) bool {
	at := power.WholeSecond(now.Add(r.Memory.warnTime()))
	return func(in *power.Instance) bool {
		return r.Action.MayAsk(in) || in.KeptForNow() && !in.KeepUntil.After(at)
	}
}

// askOrWait is what a planned run does next while an instance is open.
func (r *Run) askOrWait(now time.Time) Next {
	if r.mayAsk() && slices.ContainsFunc(r.open(), func(in *power.Instance) bool { return r.Action.Due(in, now, r.Deadline) }) {
		return NextStop
	}
	return NextWait
}

// mayAsk reports whether the run may ask for anything: it does more than check, and those who
// are to be warned were warned.
func (r *Run) mayAsk() bool { return !r.CheckOnly && r.Memory.Warn == 0 }

// explain notes at each open instance what would happen to it and why, or the
// given note.
func (r *Run) explain(note string) {
	for _, in := range r.open() {
		in.Note = cmp.Or(note, r.Action.Prospect(in))
	}
}

// prospects is the summary of a dry run. What the next answer shows no better either is REFUSED by
// the run, so it is not among those that would be stopped.
func (r *Run) prospects(now time.Time) string {
	r.count()
	due := r.isDue(now)
	readable := r.instances(func(in *power.Instance) bool { return due(in) && !in.Unreadable() && !in.Hidden() })
	others := r.others()
	if n := len(r.instances((*power.Instance).Unreadable)); n > 0 {
		others += fmt.Sprintf(", %d that cannot be read", n)
	}
	if n := len(r.instances(func(in *power.Instance) bool { return in.Hidden() && !in.Unreadable() })); n > 0 {
		others += fmt.Sprintf(", %d that Zenlayer rejects", n)
	}
	if r.Nameless > 0 {
		others += fmt.Sprintf(", and Zenlayer lists %s whose instanceId cannot be read", countOf(r.Nameless))
	}
	warned, back := "", ""
	if r.Memory.Warn > 0 {
		warned = fmt.Sprintf(", after a warning of %d minutes", r.Memory.Warn/60)
	}
	if len(readable) > 0 {
		back = r.back(", and started again at %s")
	}
	return fmt.Sprintf("Dry run, nothing was %[1]s: %[2]d of %[3]s would be %[1]s%[4]s%[5]s%[6]s. This is provisional: it rests on one answer of Zenlayer.",
		r.Action.Way().Done, len(readable), countOf(len(r.Instances)), warned, others, back) + tailOf(r.Remarks)
}
