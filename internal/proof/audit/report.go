package audit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reported checks that the end of the execution, the summary and what was sent tell the same as
// the document.
func (c *court) reported() {
	run := &c.last
	c.hold(ruleReport, run.Outcome != "" && run.Outcome != "WAITING", "it ended as %s with the outcome %q", c.Status, run.Outcome)
	if c.Status != "" && c.Status != Aborted && c.Status != TimedOut {
		c.hold(ruleReport, (c.Status == Succeeded) == (run.Part > 0 && !c.closed() || goodOutcome(run.Outcome)), "it is %s and ended as %s", run.Outcome, c.Status)
	}
	if c.Status == Failed {
		c.hold(ruleReport, c.Cause == run.Summary || c.closed(), "it ended for %q, and its summary is %q", c.Cause, run.Summary)
		want := "Zenstop.StopFailed"
		if run.Outcome == "REFUSED" {
			want = "Zenstop.Refused"
		}
		c.hold(ruleReport, c.closed() || c.Error == want, "it is %s and ended with the error %s", run.Outcome, c.Error)
	}
	if acted(run.Outcome) {
		c.outcome()
		c.numbers()
	}
	switch run.Outcome {
	case "PLANNED":
		c.hold(ruleReport, c.input.DryRun, "it is PLANNED, and no dry run")
		c.provisionally()
	case "REFUSED":
		all := slices.Concat(slices.Collect(maps.Values(c.views))...)
		c.hold(ruleReport, !slices.ContainsFunc(all, func(v view) bool { return c.Steps[v.step].State == stateStop || c.before(v.step).Planned }), "it is REFUSED, and has looked or asked after its plan")
		c.provisionally()
	case wayOf("stop").reached, wayOf("start").reached:
		c.hold(ruleReport, run.Outcome == wayOf(c.input.Action).reached, "it is to %s and says %s", c.input.Action, run.Outcome)
	case "SKIPPED":
		c.hold(ruleReport, !c.passes(stateStop, stateCheck), "it is SKIPPED, and has looked or asked")
	}
	c.told()
}

// provisionally checks the report of a run that has asked for nothing.
func (c *court) provisionally() {
	counts := map[string]int{}
	for i := range c.last.Instances {
		in := &c.last.Instances[i]
		counts[in.Verdict]++
		c.hold(ruleOnce, in.Requests == 0 && in.Verdict != "STOPPED" && in.Verdict != "STARTED", "%s is %s with %d requests, in a run that has asked for nothing", in.ID, in.Verdict, in.Requests)
	}
	delete(counts, "")
	all, known := len(c.last.Instances)+c.last.Omitted, len(c.ids)
	c.hold(ruleOnce, c.last.Outcome == "REFUSED" || all == known || all == known+c.hidden(), "it has %d instances, and its report %d and %d that it omits", known, len(c.last.Instances), c.last.Omitted)
	if c.last.Omitted == 0 {
		c.hold(ruleOnce, maps.Equal(counts, positive(c.last.Counts)), "it counts %v, and its rows are %v", c.last.Counts, counts)
	}
}

// closed reports whether no function could report the execution.
func (c *court) closed() bool { return c.passes(stateClosed) }

// tally is how many instances the document counts, and how many of them are not well.
func (d *document) tally() (all, bad int) {
	for v, n := range d.Counts {
		if all += n; !good(v) {
			bad += n
		}
	}
	return all, bad
}

// outcome checks the outcome against the verdicts.
func (c *court) outcome() {
	run := &c.last
	all, bad := run.tally()
	fails := bad > 0 || all == 0 || run.Forsaken || run.Nameless > 0 || c.closed()
	c.hold(ruleReport, goodOutcome(run.Outcome) == !fails || !fails && c.blind, "it is %s with the verdicts %v", run.Outcome, run.Counts)
}

// isBlind reports whether the run says that it could not look in the end, and its last steps show that.
func (c *court) isBlind() bool {
	says := slices.ContainsFunc(c.last.Notes, func(n string) bool {
		return strings.HasPrefix(n, "The last look was not possible") || strings.HasPrefix(n, "The run could not go on")
	})
	return says && !c.looksLast()
}

// looksLast reports whether the last call of a function before the report was a look that saw
// everything that is open or has reached what the run is for.
func (c *court) looksLast() bool {
	for i := len(c.Steps) - 1; i >= 0; i-- {
		s := &c.Steps[i]
		if s.State == statePlan || s.State == stateStop || s.State == stateCheck {
			w := wayOf(c.input.Action)
			return s.State == stateCheck && i == c.call && c.docs[i].Next == "report" && !slices.ContainsFunc(c.docs[i].Instances, func(in instance) bool {
				v := c.lastView(in.ID)
				return w.isReached(in.Verdict) && (v == nil || v.step != i || v.seen.IsZero())
			})
		}
	}
	return false
}

var (
	counted = regexp.MustCompile(`^(\d+) of (\d+) instances? (stopped|started|off)`)
	others  = regexp.MustCompile(`, (\d+) (already|protected|kept)`)
)

// numbers checks the numbers with which a summary begins.
func (c *court) numbers() {
	run, w := &c.last, wayOf(c.input.Action)
	found := counted.FindStringSubmatch(run.Summary)
	if found == nil {
		c.hold(ruleReport, !goodOutcome(run.Outcome) && run.Counts[w.reached]+run.Counts[w.already] == 0 || c.closed(), "its summary %q says not how many", run.Summary)
		return
	}
	all, _ := run.tally()
	c.hold(ruleReport, found[2] == strconv.Itoa(all), "its summary is of %s instances, and it has %d", found[2], all)
	there := run.Counts[w.reached]
	if c.input.CheckOnly {
		there = run.Counts[w.already]
	}
	c.hold(ruleReport, found[1] == strconv.Itoa(there), "its summary says %q, and it counts %v", found[0], run.Counts)
	if i := slices.IndexFunc(run.Instances, func(in instance) bool { return !good(in.Verdict) }); i >= 0 && !c.closed() {
		c.hold(ruleReport, strings.Contains(run.Summary, run.Instances[i].ID), "its summary does not name %s, which is %s", run.Instances[i].ID, run.Instances[i].Verdict)
	}
	counts, _, _ := strings.Cut(run.Summary, ".")
	for _, also := range others.FindAllStringSubmatch(counts, -1) {
		n := run.Counts[map[string]string{"already": w.already, "protected": "PROTECTED", "kept": "KEPT"}[also[2]]]
		c.hold(ruleReport, also[1] == strconv.Itoa(n), "its summary says %q, and it counts %v", also[0], run.Counts)
	}
}

// account checks that the report has each instance once, with a verdict that says nothing else
// than the last call did, and that its counts are those of its rows.
func (c *court) account() {
	run := &c.last
	if !acted(run.Outcome) || len(c.parts()) > 0 {
		return
	}
	rows, counts := map[string]int{}, map[string]int{}
	for i := range run.Instances {
		in := &run.Instances[i]
		rows[in.ID]++
		counts[in.Verdict]++
		c.hold(ruleOnce, rows[in.ID] == 1 && c.known[in.ID], "%s stands in the report %d times", in.ID, rows[in.ID])
		c.hold(ruleOnce, in.Verdict != "", "%s has no verdict", in.ID)
		c.closedAs(in)
		if last := c.lastView(in.ID); last != nil {
			keeps := in.Verdict != "KEPT" || last.Verdict != "KEPT" || alikeTimes(in.KeepUntil, last.KeepUntil)
			c.hold(ruleFollows, in.Status == last.Status && in.Before == last.Before && in.Requests == last.Requests && keeps, "%s was %s and is %s with %d requests in the report, and in the last call it was %s and is %s with %d", in.ID, in.Before, in.Status, in.Requests, last.Before, last.Status, last.Requests)
		}
	}
	if c.closed() {
		return // it counts in one sentence
	}
	all, known := len(run.Instances)+run.Omitted, len(c.ids)
	c.hold(ruleOnce, all == known || all == known+c.hidden(), "it has %d instances, and its report %d and %d that it omits", known, len(run.Instances), run.Omitted)
	if c.hidden() == 0 {
		c.omits(rows, counts)
	}
}

// hidden is how many instances the document of the last call had no room for: it plans a filter that could not
// be planned until the deadline, say. No call shows them.
func (c *court) hidden() int {
	if c.call >= 0 {
		return c.docs[c.call].Omitted
	}
	return 0
}

// omits checks the counts of the report: beside its rows they are of the instances that it has no room
// for, as the last call left them.
func (c *court) omits(rows, counts map[string]int) {
	open := 0
	for _, id := range c.ids {
		if rows[id] > 0 {
			continue
		}
		if last := c.lastView(id); last != nil && last.Verdict != "" {
			counts[last.Verdict]++
		} else {
			open++
		}
	}
	rest, all := 0, maps.Clone(counts)
	maps.Copy(all, c.last.Counts)
	for v := range all {
		more := c.last.Counts[v] - counts[v]
		rest += max(0, more)
		undecided := v == "UNVERIFIED" || v == "TIMED_OUT" || v == "REFUSED" || v == "KEPT"
		c.hold(ruleOnce, more == 0 || more > 0 && undecided && open > 0, "it counts %d %s, and its rows and the last calls say %d", c.last.Counts[v], v, counts[v])
	}
	c.hold(ruleOnce, rest == open, "its counts %v are not those of its rows and of what it omits, %v", c.last.Counts, counts)
}

// closedAs checks what the report says of an instance against what the last call has returned.
func (c *court) closedAs(in *instance) {
	w, last := wayOf(c.input.Action), c.lastView(in.ID)
	if last == nil && c.closed() {
		return // what a plan before the warning said stands
	}
	if last == nil {
		c.hold(ruleFollows, c.undecided(in), "%s is %s, and no call was made for it", in.ID, in.Verdict)
		return
	}
	if last.Verdict != "" {
		c.hold(ruleFollows, in.Verdict == last.Verdict, "%s is %s in the report, and the last call said %s", in.ID, in.Verdict, last.Verdict)
		if w.isReached(in.Verdict) {
			call := &c.Steps[c.call]
			shown := last.step == c.call && !last.seen.IsZero() && last.Status == w.to && call.State == stateCheck
			c.hold(ruleLastLook, shown || c.blind || c.closed() || in.Note == notInTheLastLook || in.Note == "" && c.leavesOut(), "%s is %s, and the last call, %s in step %d, did not show it %s", in.ID, in.Verdict, call.State, c.call+1, w.to)
		}
		return
	}
	c.hold(ruleFollows, c.undecided(in), "%s is %s in the report, and the last call left it open", in.ID, in.Verdict)
}

// notInTheLastLook is the note of an instance that was seen where it should be, and that the last
// look did not show.
const notInTheLastLook = "the last look did not show it"

// leavesOut reports whether the run says that its last look did not show everybody. A large report has no room
// for the notes of all of them.
func (c *court) leavesOut() bool {
	return slices.ContainsFunc(c.last.Notes, func(n string) bool { return strings.HasPrefix(n, "The last look did not show ") })
}

// undecided reports whether a report may say this of an instance that no call has decided.
func (c *court) undecided(in *instance) bool {
	switch in.Verdict {
	case "TIMED_OUT":
		return !c.Ended.Add(skew).Before(c.last.Deadline)
	case "UNVERIFIED":
		return c.blind || c.closed()
	case "REFUSED":
		return in.Note != "" || !c.Ended.Add(skew).Before(c.last.Deadline) // a large report has no room for notes
	case "KEPT":
		return in.KeepUntil != nil || in.Note != ""
	}
	return false
}

func positive(counts map[string]int) map[string]int {
	all := maps.Clone(counts)
	maps.DeleteFunc(all, func(_ string, n int) bool { return n == 0 })
	return all
}

// merged checks that the parts of a large run are those of its plan, and that its report is theirs.
func (c *court) merged() {
	if len(c.parts()) == 0 || c.Status == "" {
		return
	}
	counts, seen, asked := map[string]int{}, map[string]string{}, 0
	for _, p := range c.parts() {
		for _, id := range p.ids() {
			c.hold(ruleOnce, seen[id] == "", "%s is in the parts %s and %s", id, seen[id], p.Run)
			seen[id] = p.Run
		}
		child := c.child(p.Run)
		if child != nil {
			asked += len(child.asks)
			child.planned()
		}
		switch {
		case c.lost(p.Run):
			counts["UNVERIFIED"] += len(p.ids())
		case child == nil:
			c.out.Unjudged = append(c.out.Unjudged, "the history of the part "+p.Run+" is not there")
			return
		default:
			for v, n := range child.last.Counts {
				counts[v] += n
			}
		}
	}
	if most := c.input.Memory.MaxInstances; most != nil {
		c.hold(ruleGuards, asked <= *most, "its parts asked for %d instances, the limit is %d", asked, *most)
	}
	for _, id := range c.ids {
		c.hold(ruleOnce, seen[id] != "", "%s is in no part", id)
	}
	if c.closed() || !c.reports() || !acted(c.last.Outcome) {
		return
	}
	c.hold(ruleOnce, maps.Equal(positive(counts), positive(c.last.Counts)), "it counts %v, and its parts %v", c.last.Counts, counts)
	c.hold(ruleOnce, len(c.last.Instances)+c.last.Omitted == len(seen), "its report has %d instances and omits %d, and its parts have %d", len(c.last.Instances), c.last.Omitted, len(seen))
	for i := range c.last.Instances {
		in := &c.last.Instances[i]
		if of := seen[in.ID]; of == "" || c.lost(of) {
			c.hold(ruleOnce, of != "" && in.Verdict == "UNVERIFIED", "%s is %s, and no part says so", in.ID, in.Verdict)
			continue
		}
		row := c.child(seen[in.ID]).last.row(in.ID)
		c.hold(ruleOnce, row != nil && row.Verdict == in.Verdict && row.Status == in.Status && row.Requests == in.Requests, "%s is %s, and its part %s says something else", in.ID, in.Verdict, seen[in.ID])
	}
}

// lost reports whether the run says that it has no report of the part. It may say so of one that
// ended well, where it did not hear of that.
func (c *court) lost(part string) bool {
	return slices.ContainsFunc(c.last.Notes, func(n string) bool { return strings.HasPrefix(n, "The execution "+part+" ended without a report") })
}

// planned checks that a part has what the plan of its run has given it, and acts in the same way.
func (c *court) planned() {
	run, of := c.parent, slices.Sorted(slices.Values(c.ids))
	c.hold(ruleOnce, slices.Equal(of, c.of.ids()), "it has %d instances, which are not the %d that the plan of its run gave it", len(of), len(c.of.ids()))
	c.hold(ruleGuards, c.input.Action == run.input.Action && c.input.DryRun == run.input.DryRun && c.input.CheckOnly == run.input.CheckOnly, "it does something else than its run")
}

func (c *court) child(name string) *court {
	for _, of := range c.children {
		if of.Name == name {
			return of
		}
	}
	return nil
}

// claim takes down what the run says of each instance.
func (c *court) claim() {
	if len(c.parts()) > 0 {
		return
	}
	for _, id := range c.ids {
		claim := Claim{Execution: c.Name, Instance: id}
		row := c.end(id)
		if row == nil {
			row = &instance{ID: id}
		}
		claim.Verdict, claim.Status, claim.Requests = row.Verdict, row.Status, row.Requests
		claim.Rests = "no answer showed it so"
		if last := lastSighting(c.views[id]); last != nil && last.Status == row.Status {
			var answers int
			answers, claim.First, claim.Last = inARow(c.views[id])
			claim.Rests = fmt.Sprintf("shown as %s by %d calls in a row", row.Status, answers)
		}
		if row.Note != "" {
			claim.Rests += "; " + row.Note
		}
		c.out.Claims = append(c.out.Claims, claim)
	}
}
