package runs

import (
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// Kind says what set a run off.
type Kind string

// The kinds of trigger. KindUnknown is an event that zenstop refuses because it is none of the others.
const (
	KindSchedule Kind = "schedule"
	KindAlarm    Kind = "alarm"
	KindRequest  Kind = "request"
	KindUnknown  Kind = "unknown"
)

// Trigger is where a run comes from, as it stands in the run document.
type Trigger struct {
	Kind   Kind   `json:"kind"`
	ID     string `json:"id"`     // the event's id
	Name   string `json:"name"`   // the alarm's name; for others the event's source
	Time   string `json:"time"`   // the event's time as it came, RFC 3339
	Reason string `json:"reason"` // the request's reason, or the alarm's
}

// Target says which instances are asked for: exactly one of the two is set.
type Target struct {
	InstanceIDs []string         // without duplicates, in the order of the event
	Filter      *zenlayer.Filter // at least one field set
}

// Request is an event that passed every guard which needs no answer from Zenlayer.
type Request struct {
	Name         string // the execution's name, derived from the event
	Trigger      Trigger
	Action       power.Action
	Target       Target
	DryRun       bool
	CheckOnly    bool          // of a stop: look and report, ask for nothing
	StartAt      *time.Time    // when what is stopped is started again; nil: never, or as Morning says
	Morning      *Morning      // nil: never, or at StartAt
	Warn         time.Duration // from the warning to the stops; 0: without a warning
	MaxInstances int           // at most this many are asked for, 1 or more
	Timeout      time.Duration // from the start of the run to its deadline
}
