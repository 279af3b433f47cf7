package audit

import (
	"encoding/json"
	"strings"
	"time"
)

// History is that of one execution, from its start to its end.
type History struct {
	Name    string
	Input   json.RawMessage
	Machine string // the ARN of its state machine; empty: not known
	Started time.Time
	Steps   []Step
	Ended   time.Time
	Status  string // one of the ends; empty: it has not ended
	Error   string // of an end that is no success
	Cause   string
	Output  json.RawMessage // of a success
}

// The ends of an execution. Source: the AWS page of DescribeExecution.
const (
	Succeeded = "SUCCEEDED"
	Failed    = "FAILED"
	Aborted   = "ABORTED"
	TimedOut  = "TIMED_OUT"
)

// reports reports whether the workflow itself has ended the execution, so that there is a report:
// it fails with the names of its own errors only. Any other end is that of a run that has died.
func (h *History) reports() bool {
	return h.Status == Succeeded || h.Status == Failed && strings.HasPrefix(h.Error, "Zenstop.")
}

// Step is a state that the execution has entered and left.
type Step struct {
	State   string
	Entered time.Time
	Left    time.Time
	Input   json.RawMessage
	Output  json.RawMessage
	Asked   json.RawMessage // the arguments of its last attempt; empty: it asks nobody
	Error   string          // of the last attempt, where the state was left because of it
}

// The states of StopWorkflow that a judge has to know.
const (
	statePlan     = "Plan"
	stateStop     = "Stop"
	stateCheck    = "CheckStatus"
	stateWarn     = "Warn"
	stateHold     = "Hold"
	stateComeBack = "ComeBack"
	stateReport   = "Report"
	stateClosed   = "Unreported"
)

// asks reports whether the step is a call of a function that has returned what Zenlayer has
// answered. A plan that came to nothing has not, a check of what is not planned sends it to the
// plan, and one that had to leave Zenlayer alone is not counted.
func (s *Step) asks(given, returned *document) bool {
	asks := s.State == stateStop || s.State == statePlan && (returned.Planned || returned.Next == "warn") ||
		s.State == stateCheck && returned.Next != "plan" && returned.Checks == given.Checks+1
	return asks && s.Error == ""
}

// closes reports whether the step may give verdicts without having asked anybody.
func (s *Step) closes() bool { return s.State == stateReport || s.State == stateClosed }

// sends reports whether the step sends something. Its arguments say what.
func sends(s Step) bool {
	return s.State == stateWarn || s.State == stateComeBack || strings.HasPrefix(s.State, "Send") || strings.HasPrefix(s.State, "Notify")
}

// document is what a judge reads of a run document.
type document struct {
	Run         string          `json:"run"`
	Part        int             `json:"part"`
	Trigger     json.RawMessage `json:"trigger"`
	Action      string          `json:"action"`
	DryRun      bool            `json:"dryRun"`
	CheckOnly   bool            `json:"checkOnly"`
	Deadline    time.Time       `json:"deadline"`
	StopAt      *time.Time      `json:"stopAt"`
	StartAt     *time.Time      `json:"startAt"`
	Outcome     string          `json:"outcome"`
	Next        string          `json:"next"`
	Planned     bool            `json:"planned"`
	Checks      int             `json:"checks"`
	ComeBacks   int             `json:"comeBacks"`
	Instances   []instance      `json:"instances"`
	Omitted     int             `json:"omitted"`
	Counts      map[string]int  `json:"counts"`
	Notes       []string        `json:"notes"`
	Forsaken    bool            `json:"forsaken"`
	Nameless    int             `json:"nameless"`
	StartsAgain int             `json:"startsAgain"`
	Summary     string          `json:"summary"`
	Memory      struct {
		MaxInstances *int      `json:"maxInstances"`
		Warn         int       `json:"warn"`
		Morning      *struct{} `json:"morning"` // startAt is worked out from the settings
		Parts        []part    `json:"parts"`
		Part         *part     `json:"part"`
		InstanceIDs  []string  `json:"instanceIds"`
		Named        []string  `json:"named"` // by the warning of a large run
	} `json:"memory"`

	rows map[string]*instance // see row
}

// instance is what a judge reads of an instance.
type instance struct {
	ID        string     `json:"id"`
	Before    string     `json:"before"`
	Status    string     `json:"status"`
	Requests  int        `json:"requests"`
	Verdict   string     `json:"verdict"`
	Note      string     `json:"note"`
	KeepUntil *time.Time `json:"keepUntil"`
	Memory    struct {
		SeenAt int64 `json:"t"` // Unix seconds of the newest answer that showed the status; 0: none did, or it is left out
	} `json:"memory"`
}

// part is what the plan of a large run fixes of a child execution.
type part struct {
	Run      string              `json:"run"`
	Warn     int                 `json:"warn"`
	Statuses map[string][]string `json:"statuses"`
}

// row is the instance with this id; nil: there is none.
func (d *document) row(id string) *instance {
	if d.rows == nil {
		d.rows = make(map[string]*instance, len(d.Instances))
		for i := range d.Instances {
			if in := &d.Instances[i]; d.rows[in.ID] == nil {
				d.rows[in.ID] = in
			}
		}
	}
	return d.rows[id]
}

// way is what the contract says of an action.
type way struct {
	from, through, to        string
	reached, already, undone string
	sure                     time.Duration
}

func wayOf(action string) way {
	if action == "start" {
		return way{"STOPPED", "BOOTING", "RUNNING", "STARTED", "ALREADY_RUNNING", "STOPPED_AGAIN", 30 * time.Second}
	}
	return way{"RUNNING", "STOPPING", "STOPPED", "STOPPED", "ALREADY_STOPPED", "RESTARTED", 0}
}

// isReached reports whether the verdict says that the instance is where the run should bring it.
func (w way) isReached(verdict string) bool { return verdict == w.reached || verdict == w.already }

// good reports whether a verdict is one that the user asked for.
func good(verdict string) bool {
	switch verdict {
	case "STOPPED", "ALREADY_STOPPED", "STARTED", "ALREADY_RUNNING", "PROTECTED", "KEPT":
		return true
	}
	return false
}

// goodOutcome reports whether an execution with this outcome succeeds.
func goodOutcome(outcome string) bool {
	switch outcome {
	case "STOPPED", "STARTED", "PLANNED", "SKIPPED":
		return true
	}
	return false
}

// acted reports whether a run with this outcome may have asked for something.
func acted(outcome string) bool {
	return outcome == "STOPPED" || outcome == "STARTED" || outcome == "FAILED"
}
