package audit

import (
	"slices"
	"strings"
	"time"
)

// follow checks each verdict of an instance at the moment when a call has given it, and what
// takes one back.
func (c *court) follow(id string) {
	w, views := wayOf(c.input.Action), c.views[id]
	was := &view{}
	for i := range views {
		is := &views[i]
		step := &c.Steps[is.step]
		if was.Verdict != "" && was.Verdict != is.Verdict {
			again := step.State == statePlan || c.before(is.step).Outcome != "WAITING"
			otherwise := w.isReached(was.Verdict) && is.Status != w.to || w.isReached(was.Verdict) && is.Verdict == ""
			over := was.Verdict == "KEPT" && was.KeepUntil != nil && !step.Left.Add(skew).Before(*was.KeepUntil)
			c.hold(ruleStands, again || otherwise || over, "%s was %s and became %q in step %d, and shows %s", id, was.Verdict, is.Verdict, is.step+1, is.Status)
		}
		if w.isReached(is.Verdict) && !is.seen.IsZero() {
			c.hold(ruleStands, is.Status == w.to, "%s stays %s in step %d, which showed it %s", id, is.Verdict, is.step+1, is.Status)
		}
		if is.Verdict != "" && is.Verdict != was.Verdict && !c.provisional() {
			if why := c.follows(views[:i+1], w); why != "" {
				c.find(ruleFollows, "%s is %s in step %d (%s), and "+why, id, is.Verdict, is.step+1, is.Note)
			}
			c.out.Applied[ruleFollows]++
		}
		was = is
	}
}

// provisional reports whether the verdicts of the run are those of one answer.
func (c *court) provisional() bool { return c.input.DryRun || c.last.Outcome == "REFUSED" }

// isUp reports whether an instance with this status is up, or comes up by itself.
func isUp(status string) bool {
	return slices.Contains([]string{"RUNNING", "BOOTING", "INSTALLING", "CREATING", "PENDING"}, status)
}

// follows says why the newest verdict does not follow from what the calls until then have
// returned, or nothing.
func (c *court) follows(views []view, w way) (why string) {
	is := &views[len(views)-1]
	step := &c.Steps[is.step]
	late := !step.Left.Add(skew).Before(c.docs[is.step].Deadline)
	switch is.Verdict {
	case w.reached, w.already:
		return c.reaches(views, w)
	case w.undone:
		return c.comesBack(views, w)
	case "PROTECTED":
		return unless(is.Requests == 0, "it was asked for")
	case "KEPT":
		switch {
		case is.Requests > 0:
			return unless(late && is.KeepUntil != nil, "it was asked for")
		case is.KeepUntil == nil:
			return unless(is.Note != "", "nothing says until when")
		}
		goesOn := strings.HasSuffix(is.Note, "the next run will stop it") // beyond the limit; that a run does go on is a rule of its own
		return unless(late || goesOn || is.KeepUntil.After(step.Entered.Add(-skew)), "its time had passed")
	case "RECYCLED":
		recycled := func(v *view) bool { return v.Status == "RECYCLE" || v.Status == "RECYCLING" }
		return unless(c.twice(views, recycled), "not two answers in a row showed it so")
	case "MISSING":
		from := c.Steps[views[0].step].Entered
		if last := lastSighting(views); last != nil {
			from = last.seen
		}
		return unless(step.Left.Sub(from) >= 29*time.Second, "it was not absent for long")
	case "REFUSED":
		return unless(is.Note != "" || is.Status == "CREATE_FAILED" || is.Status == "INSTALL_FAILED", "nothing says why")
	case "RUNNING":
		up := func(v *view) bool { return isUp(v.Status) }
		return unless(c.input.CheckOnly && c.twice(views, up), "not two answers in a row of a run that only checks showed it up")
	case "TIMED_OUT":
		return unless(late, "the deadline had not come")
	}
	return "there is no such verdict in a call"
}

func unless(that bool, why string) string {
	if that {
		return ""
	}
	return why
}

// reaches is follows for an instance that is where the run should bring it.
func (c *court) reaches(views []view, w way) string {
	is := &views[len(views)-1]
	there := func(v *view) bool { return v.Status == w.to }
	if !c.twice(views, there) {
		return "not two answers in a row showed it " + w.to
	}
	_, first, last := inARow(views)
	if span := last.Sub(first); is.Verdict == w.reached && span < w.sure-time.Second {
		return "the answers that showed it " + w.to + " were " + span.String() + " apart"
	}
	elsewhere := slices.ContainsFunc(views, func(v view) bool { return v.Status != "" && v.Status != w.to })
	brought := is.Requests > 0 || elsewhere || c.lostRequest(is.step) || c.input.ComeBacks > 0 && is.Before != w.to
	if is.Verdict == w.already {
		return unless(is.Requests == 0, "it was asked for")
	}
	return unless(brought, "nothing shows that it was elsewhere before")
}

// comesBack is follows for an instance that somebody has brought back.
func (c *court) comesBack(views []view, w way) string {
	back := func(v *view) bool { return v.Status == w.from }
	if !c.twice(views, back) {
		return "not two answers in a row showed it " + w.from
	}
	far := slices.ContainsFunc(views, func(v view) bool {
		return v.Status == w.to || v.Status == w.through || v.Before == w.to || v.Before == w.through
	})
	return unless(far, "it never was on its way")
}

// twice reports whether the last two answers that showed the instance showed it so, the last of
// them in this call. A round of requests may look several times, of which the document has the
// last; so does a check that resolves a filter which no plan could.
func (c *court) twice(views []view, so func(*view) bool) bool {
	n := len(views)
	if is := &views[n-1]; is.seen.IsZero() || !so(is) {
		return false
	}
	switch c.Steps[views[n-1].step].State {
	case stateStop:
		return true
	case stateCheck:
		if n == 1 {
			return c.byFilter()
		}
	}
	before := lastSighting(views[:n-1])
	return before != nil && so(before)
}

// lastSighting is the newest of the views in which an answer showed the instance; nil: there is none.
func lastSighting(views []view) *view {
	for i := len(views) - 1; i >= 0; i-- {
		if !views[i].seen.IsZero() {
			return &views[i]
		}
	}
	return nil
}

// inARow is how many of the newest answers in a row showed the same status, and the times of the first
// and the last of them.
func inARow(views []view) (answers int, first, last time.Time) {
	status := ""
	for i := len(views) - 1; i >= 0; i-- {
		v := &views[i]
		switch {
		case v.seen.IsZero():
		case last.IsZero():
			answers, first, last, status = 1, v.seen, v.seen, v.Status
		case v.Status != status:
			return answers, first, last
		default:
			answers, first = answers+1, v.seen
		}
	}
	return answers, first, last
}

// lostRequest reports whether a round of requests before this step has returned no document.
func (c *court) lostRequest(step int) bool {
	return slices.ContainsFunc(c.Steps[:step], func(s Step) bool { return s.State == stateStop && s.Error != "" })
}
