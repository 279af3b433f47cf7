package picture

import (
	"fmt"
	"strings"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// headline says what a person must know first, and whether that is good, bad or open.
func (c *chart) headline() (words, mood string) {
	bad, open, all := c.tally()
	done := c.run.Action.Way().Done
	switch c.run.Outcome {
	case runs.OutcomeWaiting:
		if c.death != nil {
			return fmt.Sprintf("ENDED WITHOUT A REPORT: %d of %d have no verdict", open, all), "bad"
		}
		if holds(c.run) && c.held != nil {
			return fmt.Sprintf("HOLDS until %s: nothing is %s before", c.day(c.held.until), done), "open"
		}
		return fmt.Sprintf("STILL RUNNING: %d of %d have no verdict yet", open, all), "open"
	case runs.OutcomeFailed:
		if c.run.CheckOnly {
			return fmt.Sprintf("NOT OFF: %d of %d; this run only looked", bad, all), "bad"
		}
		return fmt.Sprintf("NOT %s: %d of %d", strings.ToUpper(done), bad, all), "bad"
	case runs.OutcomeStopped, runs.OutcomeStarted:
		is := map[power.Action]string{power.Stop: "off", power.Start: "up"}[c.run.Action]
		return fmt.Sprintf("%s: each of %s is %s, or was rightly left alone", strings.ToUpper(done), count(all, "instance"), is), "good"
	case runs.OutcomeRefused:
		return "REFUSED: nothing was " + done, "bad"
	default:
		return string(c.run.Outcome) + ": nothing was " + done, "good"
	}
}

// tally counts the instances without a good verdict, those without any, and all. A
// final document counts those that it leaves out too.
func (c *chart) tally() (bad, open, all int) {
	bad, open = c.countOf("bad"), c.countOf("open")
	all = bad + open + c.countOf("good")
	if c.run.Outcome != runs.OutcomeFailed && c.run.Outcome != runs.OutcomeStopped && c.run.Outcome != runs.OutcomeStarted {
		return bad, open, all
	}
	bad, all = 0, 0
	for verdict, n := range c.run.Counts {
		if all += n; !verdict.Good() {
			bad += n
		}
	}
	return bad, open, all
}
