package power

import (
	"fmt"
	"slices"
	"time"

	"zenstop/internal/zenlayer"
)

// Action is what a run does with its instances. All rules take it, so that a start is held to
// the same ones as a stop.
type Action string

// The actions. Another one, of a document that cannot be read, does nothing.
const (
	Stop  Action = "stop"
	Start Action = "start"
)

// Way is how an action takes an instance from one status through another to a third, and what
// it is called. It is all in which the actions differ.
type Way struct {
	Done    string          // the participle, for texts
	Call    zenlayer.Action // that asks for it
	From    string          // the status in which Zenlayer takes the call
	Through string          // the status on the way; it also shows where somebody else acts, and proves nothing
	To      string          // the status that the run proves
	Back    string          // the status on the way from To to From, where somebody acts against the run
	NotFrom string          // the vendor's code for an instance that is not in the status From

	Reached, Already, Undone Verdict // what it comes to: see [Verdict]

	Sure      time.Duration // To is believed after two sightings that are so far apart at least
	HeedsKeep bool          // a keep tag puts it off
	near, far []string      // statuses that become From, or To, by themselves
}

// comingUp are the statuses that become RUNNING by themselves.
var comingUp = []string{zenlayer.StatusBooting, zenlayer.StatusInstalling, zenlayer.StatusCreating, zenlayer.StatusPending}

// ways are those of the actions. Source of the statuses and codes: the vendor's pages of
// StopInstances and StartInstances.
var (
	stopping = Way{
		Done: "stopped", Call: zenlayer.StopInstances,
		From: zenlayer.StatusRunning, Through: zenlayer.StatusStopping, To: zenlayer.StatusStopped, Back: zenlayer.StatusBooting,
		NotFrom: "OPERATION_DENIED_INSTANCE_NOT_RUNNING",
		Reached: Stopped, Already: AlreadyStopped, Undone: Restarted,
		HeedsKeep: true, near: comingUp,
	}
	starting = Way{
		Done: "started", Call: zenlayer.StartInstances,
		From: zenlayer.StatusStopped, Through: zenlayer.StatusBooting, To: zenlayer.StatusRunning, Back: zenlayer.StatusStopping,
		NotFrom: "OPERATION_DENIED_INSTANCE_NOT_STOPPED",
		Reached: Started, Already: AlreadyRunning, Undone: StoppedAgain,
		Sure: 30 * time.Second, near: []string{zenlayer.StatusStopping}, far: comingUp,
	}
	nowhere = Way{Done: "touched", From: "-", Through: "-", To: "-", Back: "-"}
)

// Way is the way of the action.
func (a Action) Way() *Way {
	switch a {
	case Stop:
		return &stopping
	case Start:
		return &starting
	}
	return &nowhere
}

// Known reports whether it is one of the actions.
func (a Action) Known() bool { return a == Stop || a == Start }

// IsNear reports whether the action is still ahead of an instance with this status.
func (a Action) IsNear(status string) bool {
	return status == a.Way().From || slices.Contains(a.Way().near, status)
}

// isFar reports whether an instance with this status is where the action leads, or on the way.
func (a Action) isFar(status string) bool {
	w := a.Way()
	return status == w.To || status == w.Through || slices.Contains(w.far, status)
}

// cannot is why an instance is REFUSED that is in a failed state.
func (a Action) cannot(status string) string { return status + " cannot be " + a.Way().Done }

// undone is why an instance has the verdict Undone.
func (a Action) undone() string {
	w := a.Way()
	return fmt.Sprintf("%s again after it was seen %s or %s", w.From, w.Through, w.To)
}
