package picture

import (
	"fmt"

	"zenstop/internal/runs"
)

// headline says what a person must know first, and whether that is good, bad or open.
func (c *chart) headline() (words, mood string) {
	bad, open, all := c.tally()
	switch c.run.Outcome {
	case runs.OutcomeWaiting:
		if c.death != nil {
			return fmt.Sprintf("ENDED WITHOUT A REPORT: %d of %d have no verdict", open, all), "bad"
		}
		if holds(c.run) && c.held != nil {
			return fmt.Sprintf("HOLDS until %s: nothing is stopped before", c.day(c.held.until)), "open"
		}
		return fmt.Sprintf("STILL RUNNING: %d of %d have no verdict yet", open, all), "open"
	case runs.OutcomeFailed:
		if c.run.CheckOnly {
			return fmt.Sprintf("NOT OFF: %d of %d; this run only looked", bad, all), "bad"
		}
		return fmt.Sprintf("NOT STOPPED: %d of %d", bad, all), "bad"
	case runs.OutcomeStopped:
		return fmt.Sprintf("STOPPED: each of %s is off, or was rightly left alone", count(all, "instance")), "good"
	case runs.OutcomeRefused:
		return "REFUSED: nothing was stopped", "bad"
	default:
		return string(c.run.Outcome) + ": nothing was stopped", "good"
	}
}

// tally counts the instances without a good verdict, those without any, and all. A
// final document counts those that it leaves out too.
func (c *chart) tally() (bad, open, all int) {
	bad, open = c.countOf("bad"), c.countOf("open")
	all = bad + open + c.countOf("good")
	if c.run.Outcome != runs.OutcomeFailed && c.run.Outcome != runs.OutcomeStopped {
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
