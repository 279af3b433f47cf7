package runs

import (
	"maps"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// Run is the run document: the input of the workflow and of both functions, and
// the output of the execution. It is all that a run remembers between two calls.
// Times are UTC with whole seconds. Every field without omitempty is always present.
type Run struct {
	Name      string       `json:"run"`  // the execution's name
	Part      int          `json:"part"` // from 1 on in the child execution of a large run; 0: the whole run
	Trigger   Trigger      `json:"trigger"`
	Action    power.Action `json:"action"` // stop or start
	DryRun    bool         `json:"dryRun"`
	CheckOnly bool         `json:"checkOnly"` // of a stop: look and report, ask for nothing
	StartedAt time.Time    `json:"startedAt"`
	Deadline  time.Time    `json:"deadline"`

	// StopAt is the time before which nothing is stopped: the one that the warning
	// gives, or at which a keep ends. It is missing where a run need not hold.
	StopAt *time.Time `json:"stopAt,omitempty"`

	// StartAt is when what the run stops is started again; no stop is asked for then or
	// later. A run that starts again holds until then. It is missing where that does not happen.
	StartAt *time.Time `json:"startAt,omitempty"`

	Outcome     Outcome `json:"outcome"`
	Next        Next    `json:"next"`        // what the workflow does next
	Planned     bool    `json:"planned"`     // the target is resolved and the guards were applied
	WaitSeconds int     `json:"waitSeconds"` // how long to wait before the next check, 1 or more; 0 once the outcome is final
	Checks      int     `json:"checks"`      // calls of StatusFunction so far
	ComeBacks   int     `json:"comeBacks"`   // runs before this one that came back to kept instances

	// Instances are all that were asked for, from start to end. They are empty
	// before the plan where a filter, or more than one execution holds, was asked
	// for, and while the parts of a large run work.
	Instances   []power.Instance      `json:"instances"`
	Omitted     int                   `json:"omitted"`            // instances that were left out of a report because it would not fit one payload
	Nameless    int                   `json:"nameless,omitempty"` // rows that Zenlayer listed for the filter and whose instanceId cannot be read: the run fails
	Counts      map[power.Verdict]int `json:"counts"`             // verdicts so far, of omitted instances too; open ones are not counted
	Notes       []string              `json:"notes"`
	Remarks     []string              `json:"remarks,omitempty"`     // those of the notes with which the summary ends
	Forsaken    bool                  `json:"forsaken,omitempty"`    // a run that comes back, or starts again, could not be started: the run fails
	StartsAgain int                   `json:"startsAgain,omitempty"` // of a report: how many of the instances are started again at startAt
	Summary     string                `json:"summary"`               // one line in plain English
	Version     string                `json:"version,omitempty"`     // of a report: the [Version] of the function that made it

	Memory Memory `json:"memory"`
}

// Memory is what a run remembers of its target and its limit. Nobody but the rules
// and the workflow relies on it.
type Memory struct {
	MaxInstances *int               `json:"maxInstances,omitempty"` // how many instances this run may ask for; nil: not resolved yet, see [Run.HoldTo]
	Timeout      int                `json:"timeout,omitempty"`      // seconds from the first request to the deadline
	Morning      *Morning           `json:"morning,omitempty"`      // how StartAt is worked out; nil: it stands, or nothing is started again
	Starts       map[string]Restart `json:"starts,omitempty"`       // of a report: the runs that start again, by their names
	Warn         int                `json:"warn,omitempty"`         // seconds from the warning to the first stop; 0 where none is due, or none any more: see [Run.mayAsk]
	Idle         bool               `json:"idle,omitempty"`         // a plan saw nothing to warn of; the next one decides
	Warned       bool               `json:"warned,omitempty"`       // the warning is to be sent, or was, before the next plan
	WarnBy       *time.Time         `json:"warnBy,omitempty"`       // a warning that reaches the topic later is none
	Named        []string           `json:"named,omitempty"`        // what the warning names, where the target is a filter and Instances has no room for it
	Filter       *zenlayer.Filter   `json:"filter,omitempty"`       // until it is resolved
	Culprits     []string           `json:"culprits,omitempty"`     // until the plan: what Zenlayer rejects batches for, as far as it is known
	InstanceIDs  []string           `json:"instanceIds,omitempty"`  // until the plan, where there are too many for one execution
	Parts        []Part             `json:"parts,omitempty"`        // after the plan of a large run
	Part         *Part              `json:"part,omitempty"`         // until the plan of a child execution
	Sharers      int                `json:"sharers,omitempty"`      // parts that ask Zenlayer at the same time as this one, itself included; 0: no others
	Suspects     []string           `json:"suspects,omitempty"`     // a refused batch, where Retry-After broke off the search for the culprit in it
	QuietUntil   int64              `json:"quietUntil,omitempty"`   // Unix seconds until which Zenlayer asked to be left alone, by Retry-After
	Extended     bool               `json:"extended,omitempty"`     // the deadline was put off by one look
	Warning      *Notice            `json:"warning,omitempty"`      // what the topic is told before the hold
	Room         int                `json:"room,omitempty"`         // of a part: bytes that it may return to the run
}

// Bounds of a run document. Step Functions takes 262,144 bytes as input or
// output of a state (AWS page of Step Functions quotas). The rest is left for
// what the workflow wraps around a document.
const (
	MaxInstancesPerRun = 1000
	maxDocument        = 240_000 // bytes in which the instances of a run on its way have room
	maxPayload         = 258_000 // bytes of a document, and of a report with its document
)

// longestRun is the longest time from the start of a run to its deadline: a plan may come
// as late as the deadline, and its warning then moves that by 4 hours and 12 hours.
const longestRun = 33 * time.Hour

// New starts the run document of a request. Nothing was asked of Zenlayer yet.
func New(req Request, now time.Time) Run {
	now = now.UTC().Truncate(time.Second)
	lasts := req.Warn + req.Timeout
	if req.DryRun { // it waits for nothing
		lasts = req.Timeout
	}
	run := Run{
		Name: req.Name, Trigger: req.Trigger, Action: req.Action, DryRun: req.DryRun, CheckOnly: req.CheckOnly,
		StartedAt: now, Deadline: now.Add(lasts).Truncate(time.Second),
		StartAt: req.StartAt, Outcome: OutcomeWaiting, Next: NextPlan, WaitSeconds: 1,
		Instances: []power.Instance{}, Counts: map[power.Verdict]int{}, Notes: []string{}, Summary: "Not planned yet.",
		Memory: Memory{
			MaxInstances: &req.MaxInstances, Timeout: int(req.Timeout / time.Second), Morning: req.Morning,
			Warn: int(req.Warn / time.Second), Filter: req.Target.Filter,
		},
	}
	if ids := req.Target.InstanceIDs; fitsOneExecution(ids) {
		run.Instances = run.rows(ids, "", now)
	} else {
		run.Memory.InstanceIDs = ids
	}
	return run
}

// Refused is the whole run document of an event that a guard refused.
func Refused(req Request, why string, now time.Time) Run {
	run := New(req, now)
	run.leave(endsAs(OutcomeRefused, run.refusal(why)), now)
	return run
}

// Skipped is the whole run document of a schedule on one of SkipDates.
func Skipped(req Request, why string, now time.Time) Run {
	run := New(req, now)
	run.leave(endsAs(OutcomeSkipped, "Skipped, nothing was stopped: "+why), now)
	return run
}

func (r *Run) refusal(why string) string {
	return "Refused, nothing was " + r.Action.Way().Done + ": " + why
}

// HoldTo holds the run to the stack's limit. The limit of a document may be lower, also
// 0, and never higher. A run that comes back or starts again is bounded by its own rows.
func (r *Run) HoldTo(stack int) {
	if r.ComeBacks > 0 || r.startsAgain() {
		stack = max(stack, len(r.Instances)+len(r.Memory.InstanceIDs))
	}
	if of := r.Memory.MaxInstances; of == nil || *of > stack {
		r.Memory.MaxInstances = &stack
	}
	if p := r.Memory.Part; p != nil {
		part := *p
		part.MaxInstances = min(part.MaxInstances, stack)
		r.Memory.Part = &part
	}
}

// limit is how many instances the run may ask for.
func (r *Run) limit() int {
	if r.Memory.MaxInstances == nil {
		return 0
	}
	return *r.Memory.MaxInstances
}

// rows makes an instance of each id, which was seen once, with this status; an empty
// status: never.
func (r *Run) rows(ids []string, status string, now time.Time) []power.Instance {
	rows := make([]power.Instance, len(ids))
	for i, id := range ids {
		rows[i] = r.Action.New(id, status, now)
	}
	return rows
}

// clone copies the run, so that an error can leave the original as it was.
func (r *Run) clone() Run {
	c := *r
	c.Instances = slices.Clone(r.Instances)
	for i := range c.Instances {
		if d := c.Instances[i].Memory.Doubt; d != nil {
			doubt := *d
			c.Instances[i].Memory.Doubt = &doubt
		}
	}
	c.Counts, c.Notes, c.Remarks = maps.Clone(r.Counts), slices.Clone(r.Notes), slices.Clone(r.Remarks)
	c.Memory.Parts, c.Memory.Starts = slices.Clone(r.Memory.Parts), maps.Clone(r.Memory.Starts)
	return c
}

// open returns the instances without a verdict.
func (r *Run) open() []*power.Instance {
	return r.instances(func(in *power.Instance) bool { return in.Verdict == power.Open })
}

func (r *Run) instances(wanted func(*power.Instance) bool) []*power.Instance {
	var found []*power.Instance
	for i := range r.Instances {
		if in := &r.Instances[i]; wanted(in) {
			found = append(found, in)
		}
	}
	return found
}

func ids(instances []*power.Instance) []string {
	ids := make([]string, len(instances))
	for i, in := range instances {
		ids[i] = in.ID
	}
	return ids
}
