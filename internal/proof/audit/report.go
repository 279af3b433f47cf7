package audit

import (
	"encoding/json"
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
	if c.parent == nil {
		c.hold(ruleReport, (c.Status == Succeeded) == goodOutcome(run.Outcome), "it is %s and ended as %s", run.Outcome, c.Status)
	}
	if c.Status == Failed {
		c.hold(ruleReport, c.Cause == run.Summary || c.closed(), "it ended for %q, and its summary is %q", c.Cause, run.Summary)
	}
	if acted(run.Outcome) {
		c.outcome()
		c.numbers()
	}
	switch run.Outcome {
	case "PLANNED":
		c.hold(ruleReport, c.input.DryRun, "it is PLANNED, and no dry run")
	case "SKIPPED":
		c.hold(ruleReport, !slices.ContainsFunc(c.Steps, func(s Step) bool { return s.State == stateStop || s.State == stateCheck }), "it is SKIPPED, and has looked or asked")
	}
	for i := range c.Steps {
		c.sent(i)
	}
}

// closed reports whether no function could report the execution.
func (c *court) closed() bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return s.State == stateClosed })
}

// outcome checks the outcome against the verdicts.
func (c *court) outcome() {
	run := &c.last
	bad, all := 0, 0
	for v, n := range run.Counts {
		if all += n; !good(v) {
			bad += n
		}
	}
	fails := bad > 0 || all == 0 || run.Forsaken || run.Nameless > 0 || c.closed()
	c.hold(ruleReport, goodOutcome(run.Outcome) == !fails || !fails && c.blind(), "it is %s with the verdicts %v", run.Outcome, run.Counts)
}

// blind reports whether the run says that it could not look in the end.
func (c *court) blind() bool {
	return slices.ContainsFunc(c.last.Notes, func(n string) bool {
		return strings.HasPrefix(n, "The last look could not be had") || strings.HasPrefix(n, "The run could not go on")
	}) || strings.Contains(c.last.Summary, "could not ")
}

var counted = regexp.MustCompile(`^(\d+) of (\d+) instances? (stopped|started)`)

// numbers checks the numbers with which a summary begins.
func (c *court) numbers() {
	run, w := &c.last, wayOf(c.input.Action)
	found := counted.FindStringSubmatch(run.Summary)
	if found == nil {
		return
	}
	all := 0
	for _, n := range run.Counts {
		all += n
	}
	c.hold(ruleReport, found[2] == strconv.Itoa(all), "its summary is of %s instances, and it has %d", found[2], all)
	there := run.Counts[w.reached] + run.Counts[w.already]
	c.hold(ruleReport, found[1] == strconv.Itoa(there) || found[1] == strconv.Itoa(run.Counts[w.reached]), "its summary says %q, and it counts %v", found[0], run.Counts)
}

// sent checks a message or an event.
func (c *court) sent(step int) {
	s, run := &c.Steps[step], c.before(step)
	if len(s.Asked) == 0 || s.State == stateWarn || s.State == "SendWarning" {
		return
	}
	var of struct {
		Message           string
		MessageAttributes map[string]struct{ StringValue string }
		Entries           []struct {
			DetailType string
			Detail     json.RawMessage
		}
	}
	if strings.HasPrefix(s.State, "Notify") {
		if err := json.Unmarshal(s.Asked, &of); err != nil {
			c.find(ruleReport, "%s sent no message: %v", s.State, err)
		}
		c.hold(ruleReport, of.MessageAttributes["outcome"].StringValue == run.Outcome, "its message has the outcome %q, and it is %s", of.MessageAttributes["outcome"].StringValue, run.Outcome)
		c.hold(ruleReport, c.closed() || strings.Contains(of.Message, run.Summary), "its message does not hold its summary")
	}
	if strings.HasPrefix(s.State, "Send") {
		if err := json.Unmarshal(s.Asked, &of); err != nil || len(of.Entries) != 1 {
			c.find(ruleReport, "%s sent no event: %v", s.State, err)
			return
		}
		c.hold(ruleReport, of.Entries[0].DetailType == detailType(run), "its event is %q, and it is %s", of.Entries[0].DetailType, run.Outcome)
		c.hold(ruleReport, alike(detail(of.Entries[0].Detail), s.Input), "its event has another document")
	}
}

// detail is the document of an event, which may stand there as a text.
func detail(d json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(d, &text) == nil {
		return json.RawMessage(text)
	}
	return d
}

func detailType(run *document) string {
	noun, done := "Stop", "Stopped"
	if run.Action == "start" {
		noun, done = "Start", "Started"
	}
	switch run.Outcome {
	case "STOPPED", "STARTED":
		return "Instances " + done
	case "PLANNED":
		return noun + " Planned"
	case "SKIPPED":
		return noun + " Skipped"
	case "FAILED":
		return "Instances Not " + done
	}
	return noun + " Refused"
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
	}
	if c.closed() {
		return // it counts in one sentence
	}
	c.hold(ruleOnce, len(run.Instances)+run.Omitted == len(c.ids), "it has %d instances, and its report %d and %d that it omits", len(c.ids), len(run.Instances), run.Omitted)
	c.omits(rows, counts)
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
	rest := 0
	for v, n := range c.last.Counts {
		more := n - counts[v]
		rest += max(0, more)
		undecided := v == "UNVERIFIED" || v == "TIMED_OUT" || v == "REFUSED" || v == "KEPT"
		c.hold(ruleOnce, more == 0 || more > 0 && undecided && open > 0, "it counts %d %s, and its rows and the last calls say %d", n, v, counts[v])
	}
	c.hold(ruleOnce, rest == open, "its counts %v are not those of its rows and of what it omits, %v", c.last.Counts, counts)
	for v, n := range counts {
		c.hold(ruleOnce, c.last.Counts[v] >= n, "it counts %d %s, and its rows and the last calls say %d", c.last.Counts[v], v, n)
	}
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
			call := c.lastCall()
			shown := last.step == call && !last.seen.IsZero() && last.Status == w.to && c.Steps[call].State == stateCheck
			c.hold(ruleLastLook, shown || c.blind() || c.closed() || in.Note == notInTheLastLook, "%s is %s, and the last call, %s in step %d, did not show it %s", in.ID, in.Verdict, c.Steps[call].State, call+1, w.to)
		}
		return
	}
	c.hold(ruleFollows, c.undecided(in), "%s is %s in the report, and the last call left it open", in.ID, in.Verdict)
}

// notInTheLastLook is the note of an instance that was seen where it should be, and that the last
// look did not show.
const notInTheLastLook = "the last look did not show it"

// undecided reports whether a report may say this of an instance that no call has decided.
func (c *court) undecided(in *instance) bool {
	switch in.Verdict {
	case "TIMED_OUT":
		return !c.Ended.Add(skew).Before(c.last.Deadline)
	case "UNVERIFIED":
		return c.blind() || c.closed()
	case "REFUSED":
		return in.Note != ""
	case "KEPT":
		return in.KeepUntil != nil || in.Note != ""
	}
	return false
}

// lastCall is the step of the last call that asks Zenlayer.
func (c *court) lastCall() int {
	last := 0
	for i := range c.Steps {
		if c.Steps[i].asks(c.before(i), &c.docs[i]) {
			last = i
		}
	}
	return last
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
	if c.closed() || !c.reports() || !acted(c.last.Outcome) {
		return
	}
	c.hold(ruleOnce, maps.Equal(positive(counts), positive(c.last.Counts)), "it counts %v, and its parts %v", c.last.Counts, counts)
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

// handedOn checks that a run of its own comes back to each instance that is kept until a time,
// and that as many instances are started again as the report says, each of which the run has
// asked for, or may have.
func (c *court) handedOn() {
	if !acted(c.last.Outcome) || c.closed() {
		return
	}
	if !c.tells {
		c.handedSomething()
		return
	}
	back, again := map[string]int{}, 0
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.State != stateComeBack || s.Error != "" && !strings.Contains(s.Error, "AlreadyExists") {
			continue
		}
		var of struct {
			Name  string
			Input json.RawMessage
		}
		var next document
		err := json.Unmarshal(s.Asked, &of)
		if err == nil {
			err = json.Unmarshal(detail(of.Input), &next)
		}
		c.hold(ruleGoesOn, err == nil && next.Run == of.Name && strings.HasPrefix(of.Name, c.base()), "step %d starts %q: %v", i+1, of.Name, err)
		for _, in := range next.Instances {
			back[in.ID]++
		}
		if next.Action == "start" && c.input.Action == "stop" {
			again += len(next.Memory.InstanceIDs)
			c.starts(&next)
		}
	}
	for i := range c.last.Instances {
		in := &c.last.Instances[i]
		if !c.awaits(in) || len(c.parts()) > 0 {
			continue
		}
		c.hold(ruleGoesOn, back[in.ID] == 1 || c.last.Forsaken, "%s is kept until %s, and %d runs come back to it", in.ID, in.KeepUntil, back[in.ID])
	}
	if len(c.parts()) == 0 {
		c.hold(ruleGoesOn, again == c.last.StartsAgain, "%d instances are started again, and the report says %d", again, c.last.StartsAgain)
	}
}

// awaits reports whether a run must come back to the instance. Where machines are started again,
// it may be too late for that, which no document tells.
func (c *court) awaits(in *instance) bool {
	return in.Verdict == "KEPT" && in.KeepUntil != nil && c.last.StartAt == nil && !c.input.CheckOnly
}

// handedSomething is handedOn where the history does not have what was sent.
func (c *court) handedSomething() {
	started := slices.ContainsFunc(c.Steps, func(s Step) bool { return s.State == stateComeBack })
	kept := slices.ContainsFunc(c.last.Instances, func(in instance) bool { return c.awaits(&in) })
	if len(c.parts()) == 0 {
		c.hold(ruleGoesOn, started || c.last.Forsaken || !kept && c.last.StartsAgain == 0, "no run was started that comes back or starts again")
	}
}

// base is with what the names of the runs begin that go on after this one.
func (c *court) base() string { return strings.SplitN(c.Name, "-kept", 2)[0] }

// starts checks the input of the run that starts again what this one has stopped.
func (c *court) starts(next *document) {
	if at := c.last.StartAt; at == nil || next.StartAt == nil || next.StartAt.Before(*at) {
		c.find(ruleGoesOn, "%s starts at %v, which is due at %v", next.Run, next.StartAt, at)
	}
	for _, id := range next.Memory.InstanceIDs {
		last := c.lastView(id)
		lost := slices.ContainsFunc(c.parts(), func(p part) bool { return slices.Contains(p.ids(), id) && strings.HasPrefix(next.Run, p.Run) })
		c.hold(ruleGoesOn, lost || c.input.ComeBacks > 0 || last != nil && last.Requests > 0 || c.due(id), "%s starts %s, which this run has not asked for", next.Run, id)
	}
}

// due reports whether a round of requests may have named the instance.
func (c *court) due(id string) bool {
	for i := range c.Steps {
		if row := c.before(i).row(id); c.Steps[i].State == stateStop && row != nil && row.Verdict == "" && row.Status == wayOf(c.input.Action).from {
			return true
		}
	}
	return false
}

// claim takes down what the run says of each instance.
func (c *court) claim() {
	if len(c.parts()) > 0 {
		return
	}
	for _, id := range c.ids {
		claim := Claim{Execution: c.Name, Instance: id}
		row := c.last.row(id)
		if row == nil {
			if v := c.lastView(id); v != nil {
				row = &v.instance
			} else {
				row = &instance{ID: id}
			}
		}
		claim.Verdict, claim.Status, claim.Requests = row.Verdict, row.Status, row.Requests
		answers := 0
		for _, v := range c.views[id] {
			switch {
			case v.seen.IsZero():
			case v.Status != row.Status:
				answers = 0
			default:
				answers++
			}
		}
		claim.Rests = "no answer showed it so"
		if answers > 0 {
			claim.First, claim.Last = inARow(c.views[id])
			claim.Rests = fmt.Sprintf("shown as %s by %d calls in a row", row.Status, answers)
		}
		if row.Note != "" {
			claim.Rests += "; " + row.Note
		}
		c.out.Claims = append(c.out.Claims, claim)
	}
}
