// Package audit judges a run of zenstop by its history alone: the documents that its states
// were given and handed on, what they sent, and how the execution ended. So nobody has to
// believe what the report says.
//
// The rules are those of the contract, written down a second time: the package imports
// nothing of the product. Of a document it reads what the type document has: the fields that the
// contract names, those that the workflow goes by, and of the memory the limit, the time of the
// warning, whom it named, and the parts.
package audit

import (
	"fmt"
	"slices"
	"time"
)

// Judgement is what comes of a history.
type Judgement struct {
	Claims   []Claim
	Findings []Finding      // what the history does not bear; none: it bears all that the run says
	Applied  map[string]int // how often each rule was applied, by its name
	Outcome  string         // of the newest document; empty: there is none
	Summary  string         // of the same
	Unsent   bool           // the history does not have what was sent, so nothing can be said of that
	Unjudged []string       // what cannot be judged, because the history does not have it (yet)
}

// Claim is what a run says of one instance, and on what it rests.
type Claim struct {
	Execution string
	Instance  string
	Verdict   string
	Status    string
	Requests  int
	Rests     string    // in words
	First     time.Time // of the answers in a row that showed the status, the first; zero: none did
	Last      time.Time // the last of them
}

// Finding is one thing that the history does not bear.
type Finding struct {
	Rule string // its name
	Text string
}

func (f Finding) String() string { return f.Rule + ": " + f.Text }

// The rules.
const (
	ruleWhole    = "the history is whole"
	ruleOnce     = "every instance has one verdict"
	ruleFollows  = "each verdict follows from the answers"
	ruleStands   = "a verdict is taken back only for what was shown since"
	ruleLastLook = "what is reported as reached was so in the last look"
	ruleGuards   = "nothing was asked for that the guards forbid"
	ruleTime     = "nothing was asked for before its time, or after it"
	ruleWarned   = "nothing was stopped that no warning named"
	ruleReport   = "the report tells the same"
	ruleGoesOn   = "what was kept or stopped is handed on"
)

// Rules lists the names of all rules.
func Rules() []string {
	return []string{ruleWhole, ruleOnce, ruleFollows, ruleStands, ruleLastLook, ruleGuards, ruleTime, ruleWarned, ruleReport, ruleGoesOn}
}

// Judge judges an execution of StopWorkflow. Those of its parts are judged with it, by their
// names; one that is not there has not started, or its history is gone.
func Judge(h History, parts map[string]History) Judgement {
	out := Judgement{Applied: map[string]int{}}
	c := &court{History: h, out: &out}
	c.judge()
	out.Outcome, out.Summary = c.last.Outcome, c.last.Summary
	for _, p := range c.parts() {
		if child, ok := parts[p.Run]; ok && child.Status != "" {
			of := &court{History: child, out: &out, parent: c, of: &p}
			of.judge()
			of.handedOn()
			c.children = append(c.children, of)
		}
	}
	c.merged()
	c.handedOn()
	if !slices.Contains([]string{Succeeded, Failed, Aborted, TimedOut}, h.Status) {
		out.Unjudged = append(out.Unjudged, "the run has not ended, or the history does not have its end yet")
	}
	return out
}

// court judges one execution.
type court struct {
	History
	out      *Judgement
	parent   *court
	of       *part // what the plan of the parent has fixed of it
	children []*court

	input document
	docs  []document // after each step
	last  document   // the newest one
	views map[string][]view
	ids   []string // of the instances that it has to account for, in the order in which they were seen first
	known map[string]bool
	asks  map[string]bool // the instances that it has asked for
	limit *int            // the newest one; nil: none is known
	late  int             // looks after the deadline
	call  int             // the step of the last call that asks Zenlayer; -1: there is none
	blind bool            // see isBlind
	tells bool            // the history has what was sent: that of the local AWS has not
}

// view is what one call that asks Zenlayer has returned of one instance.
type view struct {
	step int
	seen time.Time // when an answer in this call showed the status; zero: none did
	instance
}

func (c *court) find(rule, format string, args ...any) {
	c.out.Findings = append(c.out.Findings, Finding{rule, c.Name + ": " + fmt.Sprintf(format, args...)})
}

// hold applies a rule once.
func (c *court) hold(rule string, is bool, format string, args ...any) {
	c.out.Applied[rule]++
	if !is {
		c.find(rule, format, args...)
	}
}

// passes reports whether the execution has gone through one of the states.
func (c *court) passes(states ...string) bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return slices.Contains(states, s.State) })
}

func (c *court) judge() {
	c.whole()
	c.blind = c.isBlind()
	c.out.Unsent = c.out.Unsent || !c.tells
	c.asked()
	c.warned()
	for _, id := range c.ids {
		c.follow(id)
	}
	if c.passes(stateReport, stateClosed) { // else it has died, and says nothing
		c.reported()
		c.account()
	}
	c.claim()
}
