package sim

import "time"

// Statuses of an instance, as the vendor's DescribeInstances spells them. The
// set is open: an [Instance] may have any other.
const (
	StatusPending       = "PENDING"
	StatusCreating      = "CREATING"
	StatusCreateFailed  = "CREATE_FAILED"
	StatusInstalling    = "INSTALLING"
	StatusInstallFailed = "INSTALL_FAILED"
	StatusRunning       = "RUNNING"
	StatusStopped       = "STOPPED"
	StatusBooting       = "BOOTING"
	StatusStopping      = "STOPPING"
	StatusRecycle       = "RECYCLE"
	StatusRecycling     = "RECYCLING"
)

// phase is a [Phase] whose time counts from the start of the scenario.
type phase struct {
	at     time.Duration
	status string
}

// become changes the real status.
func (i *instanceState) become(at time.Duration, status string) {
	i.status = status
	i.note(at)
}

// becomeStopping begins a stop, whoever asked for it.
func (i *instanceState) becomeStopping(at time.Duration) {
	i.become(at, StatusStopping)
	if !i.NeverStops {
		i.planNow(at+i.StopTakes, stepStopped)
	}
	if i.RestartsAfter > 0 && i.RestartsFromStopping {
		i.planNow(at+i.RestartsAfter, stepBoot)
	}
	i.advance(at) // StopTakes may be zero, and then the stop is over at once
}

// note adds the present status to the history, unless it is there already.
func (i *instanceState) note(at time.Duration) {
	status := i.status
	if !i.listed {
		status = ""
	}
	if n := len(i.history); n > 0 && i.history[n-1].status == status {
		return
	}
	i.history = append(i.history, phase{at, status})
}

// shown is the status that DescribeInstances answers.
func (i *instanceState) shown(now time.Duration) string {
	switch {
	case i.odd(now):
		return i.OddStatus
	case i.lags(now):
		return StatusRunning
	case i.startLags(now):
		return StatusStopped
	default:
		return i.status
	}
}

// odd reports whether OddStatus is shown instead of the real status.
func (i *instanceState) odd(now time.Duration) bool {
	return i.OddStatus != "" && now >= i.OddFrom && (i.OddFor == 0 || now < i.OddFrom+i.OddFor)
}

// lags reports whether the answers do not show an accepted stop yet.
func (i *instanceState) lags(now time.Duration) bool {
	return i.accepted > i.IgnoresStops && now < i.lastAccepted+i.Lag &&
		(i.status == StatusStopping || i.status == StatusStopped)
}

// startLags reports whether the answers do not show an accepted start yet.
func (i *instanceState) startLags(now time.Duration) bool {
	return len(i.starts) > i.IgnoresStarts && now < i.starts[len(i.starts)-1]+i.Lag &&
		(i.status == StatusBooting || i.status == StatusRunning)
}

// leftOut counts one answer that the instance should be in, and reports whether
// this answer leaves it out.
func (i *instanceState) leftOut() bool {
	i.matched++
	return i.matched >= i.AbsentFrom && i.matched < i.AbsentFrom+i.AbsentAnswers
}
