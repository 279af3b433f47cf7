package shutdown

import (
	"fmt"
	"time"

	"zenstop/internal/zenlayer"
)

// Run is the run document: input of the workflow, of StatusFunction, and output
// of the execution. All that a run remembers between two calls is in it. Times
// are UTC with whole seconds. Fields that the state machine reads are always
// present.
type Run struct {
	Run         string    `json:"run"` // the execution's name
	Trigger     Trigger   `json:"trigger"`
	DryRun      bool      `json:"dryRun"`
	StartedAt   time.Time `json:"startedAt"`
	Deadline    time.Time `json:"deadline"`
	Outcome     Outcome   `json:"outcome"`
	WaitSeconds int       `json:"waitSeconds"` // how long to wait before the next look, 1 to 60; 0 once the outcome is final
	StopDue     bool      `json:"stopDue"`     // StopFunction has something to do: plan, or ask for a stop
	Checks      int       `json:"checks"`      // looks by StatusFunction so far

	// Planned is false while nobody could ask Zenlayer yet what there is to
	// stop: then Instances holds the ids of the request, or nothing for a Filter.
	Planned bool             `json:"planned"`
	Filter  *zenlayer.Filter `json:"filter,omitempty"`
	// MaxInstances is how many instances this run may ask to stop, in all.
	MaxInstances int `json:"maxInstances"`

	// Instances are all that were asked for, from start to end.
	Instances []Instance      `json:"instances"`
	Counts    map[Verdict]int `json:"counts"` // verdicts so far; open ones are not counted
	Notes     []string        `json:"notes,omitempty"`
	Summary   string          `json:"summary"` // one line in plain English
}

// Instance is one instance of a run.
type Instance struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`         // as Zenlayer shows it, cut to 64 characters; empty where the document would grow too large
	Before       string  `json:"before"`       // status at the first sighting; empty when never seen
	Status       string  `json:"status"`       // status at the last sighting; empty when never seen
	StopRequests int     `json:"stopRequests"` // accepted StopInstances calls that named it
	Verdict      Verdict `json:"verdict"`
	Seconds      int     `json:"seconds"` // from the last stop request to the first sighting as STOPPED; 0 without either
	Note         string  `json:"note,omitempty"`

	// What the rules need to remember.
	AskedAt      int64  `json:"askedAt,omitempty"`      // Unix seconds of the last stop request that was accepted or may have been
	SeenStopping bool   `json:"seenStopping,omitempty"` // was seen STOPPING in this run, or STOPPED before it was up again
	Refusals     int    `json:"refusals,omitempty"`     // stop requests that Zenlayer refused for this instance alone
	RefusedAt    int64  `json:"refusedAt,omitempty"`    // Unix seconds of the last of them
	Batch        int    `json:"batch,omitempty"`        // instances to ask for in one call with it, after a refused batch; 0: as many as fit
	Misses       int    `json:"misses,omitempty"`       // stop requests in a row that got no answer or one that may pass, or could not be made
	MissedAt     int64  `json:"missedAt,omitempty"`     // Unix seconds of the last of them that surely had no effect
	Doubt        *Doubt `json:"doubt,omitempty"`

	shielded bool // the newest sighting carries the protect tag
}

// Doubt is a sighting that decides nothing before it has come several times in
// a row: absence, or RUNNING after STOPPING. One answer may be a glitch.
type Doubt struct {
	Of    string `json:"of"`    // [DoubtAbsent] or [DoubtRunning]
	Count int    `json:"count"` // sightings in a row
	Since int64  `json:"since"` // Unix seconds of the first of them
}

// What a [Doubt] can be of.
const (
	DoubtAbsent  = "absent"
	DoubtRunning = "running"
)

// New starts the run document of a request, before anything was asked of
// Zenlayer. Its instances are those that the request names; those of a filter
// are added by [Runner.Plan].
func New(req Request, now time.Time) Run {
	now = now.UTC().Truncate(time.Second)
	run := Run{
		Run: req.Run, Trigger: req.Trigger, DryRun: req.DryRun,
		StartedAt: now, Deadline: now.Add(req.Timeout).Truncate(time.Second),
		Outcome: OutcomeWaiting, StopDue: true, WaitSeconds: 1,
		Filter: req.Target.Filter, MaxInstances: req.MaxInstances,
		Instances: make([]Instance, len(req.Target.InstanceIDs)), Counts: map[Verdict]int{},
		Summary: "Not planned yet.",
	}
	for i, id := range req.Target.InstanceIDs {
		run.Instances[i].ID = id
	}
	return run
}

// Refused is the whole run document of an event that a guard refused.
func Refused(req Request, why string, now time.Time) Run {
	run := New(req, now)
	run.end(OutcomeRefused, "Refused, nothing was stopped: "+why)
	return run
}

// Skipped is the whole run document of a schedule on one of SkipDates.
func Skipped(req Request, why string, now time.Time) Run {
	run := New(req, now)
	run.end(OutcomeSkipped, "Skipped, nothing was stopped: "+why)
	return run
}

func (r *Run) end(o Outcome, summary string) {
	r.Outcome, r.StopDue, r.WaitSeconds, r.Summary = o, false, 0, oneLine(summary)
	r.fit()
}

// open returns the instances without a verdict.
func (r *Run) open() []*Instance {
	var open []*Instance
	for i := range r.Instances {
		if r.Instances[i].Verdict == Open {
			open = append(open, &r.Instances[i])
		}
	}
	return open
}

// stopped returns the instances that count as stopped.
func (r *Run) stopped() []*Instance {
	var stopped []*Instance
	for i := range r.Instances {
		if r.Instances[i].Verdict.CountsAsStopped() {
			stopped = append(stopped, &r.Instances[i])
		}
	}
	return stopped
}

func ids(instances []*Instance) []string {
	ids := make([]string, len(instances))
	for i, in := range instances {
		ids[i] = in.ID
	}
	return ids
}

func (in *Instance) close(v Verdict, note string) {
	in.Verdict, in.Doubt = v, nil
	if note != "" {
		in.Note = note
	}
}

// name is what a person knows the instance by.
func (in *Instance) label() string {
	if in.Name == "" || in.Name == in.ID {
		return in.ID
	}
	return fmt.Sprintf("%s (%s)", in.ID, in.Name)
}
