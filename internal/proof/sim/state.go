package sim

import (
	"slices"
	"time"
)

// instanceState is one simulated instance as it is at some moment. What will
// happen to it is a short list of steps; advance takes those that are due. All
// times count from the start of the scenario.
type instanceState struct {
	Instance
	status  string            // the real one; see shown for the one that is answered
	listed  bool              // whether it exists for the API
	tags    map[string]string // those that it carries now
	ahead   []step            // the steps to come, in the order of their times
	history []phase

	afterStop bool // AfterStop lies ahead, or has happened

	accepted      int // accepted StopInstances calls, those without effect included
	firstAccepted time.Duration
	lastAccepted  time.Duration
	starts        []time.Duration // when StartInstances calls were accepted, those without effect included
	startCalls    int
	matched       int // DescribeInstances answers that it should have been in
	stopCalls     int
	describeCalls int
	pickedBy      int    // the pick that found it last; see Server.named
	row           []byte // its row in an answer, up to the status; nil: to be encoded
	rows          int    // rows of it that answers had
	rowsKept      []Row  // see Options.KeepRows
}

// step is one change that lies ahead.
type step struct {
	at   time.Duration
	kind stepKind
}

type stepKind int

const (
	stepAppear stepKind = iota
	stepRetag
	stepRun
	stepStopped
	stepBoot
	stepExternalStop
	stepExternalStart
	stepFall
	stepRecycle
	stepVanish
	stepAfterStop
	stepStoppedAgain
)

// begin makes the instance what it is at the start of the scenario.
func (i *instanceState) begin(spec *Instance) {
	i.Instance = *spec
	i.setDefaults()
	i.status, i.tags, i.listed = i.Status, i.Tags, !i.Missing && i.AppearsAt == 0
	if i.Missing {
		return
	}
	i.note(0)
	i.plan(i.AppearsAt, stepAppear)
	i.plan(i.LaterTagsAt, stepRetag)
	for _, r := range i.Retags {
		i.plan(r.At, stepRetag)
	}
	i.plan(i.ExternalStopAt, stepExternalStop)
	i.plan(i.ExternalStartAt, stepExternalStart)
	i.plan(i.RecycledAt, stepRecycle)
	i.plan(i.VanishesAt, stepVanish)
	switch i.Status {
	case StatusStopped:
		i.plan(i.RestartsAfter, stepBoot)
		i.planAfterStop(0)
	case StatusStopping:
		i.becomeStopping(0)
	case StatusRecycle, StatusRecycling:
		i.plan(RecycleTime, stepVanish)
	case StatusPending, StatusCreating, StatusInstalling, StatusBooting:
		i.plan(i.BecomesRunningAfter, stepRun)
	}
}

// plan adds a step, unless its time is zero, which means never.
func (i *instanceState) plan(at time.Duration, kind stepKind) {
	if at > 0 {
		i.planNow(at, kind)
	}
}

// planNow adds a step at any time, zero included. Steps of the same time are
// taken in the order in which they were added.
func (i *instanceState) planNow(at time.Duration, kind stepKind) {
	n := len(i.ahead)
	for n > 0 && i.ahead[n-1].at > at {
		n--
	}
	i.ahead = slices.Insert(i.ahead, n, step{at, kind})
}

// drop removes the steps of these kinds.
func (i *instanceState) drop(kinds ...stepKind) {
	i.ahead = slices.DeleteFunc(i.ahead, func(s step) bool { return slices.Contains(kinds, s.kind) })
}

// advance takes every step that is due at now.
func (i *instanceState) advance(now time.Duration) {
	for len(i.ahead) > 0 && i.ahead[0].at <= now {
		s := i.ahead[0]
		i.ahead = slices.Delete(i.ahead, 0, 1)
		i.take(s)
	}
}

func (i *instanceState) take(s step) {
	switch s.kind {
	case stepAppear:
		i.listed = true
		i.note(s.at)
	case stepRetag:
		i.tags, i.row = i.TagsAt(s.at), nil
	case stepRun:
		i.become(s.at, StatusRunning)
	case stepStopped:
		i.become(s.at, StatusStopped)
		i.planAfterStop(s.at)
		if i.RestartsAfter > 0 && !i.RestartsFromStopping {
			i.planNow(s.at+i.RestartsAfter, stepBoot)
		}
	case stepBoot:
		i.becomeBooting(s.at)
	case stepExternalStop:
		if i.status == StatusRunning {
			i.becomeStopping(s.at)
		}
	case stepExternalStart:
		if i.status == StatusStopped {
			i.becomeBooting(s.at)
		}
	case stepFall:
		if i.status == StatusBooting || i.status == StatusRunning {
			i.drop(stepRun)
			i.becomeStopping(s.at)
		}
	case stepRecycle:
		i.drop(stepRun, stepStopped, stepBoot, stepExternalStop, stepExternalStart, stepFall, stepAfterStop, stepStoppedAgain)
		i.become(s.at, StatusRecycle)
		i.planNow(s.at+RecycleTime, stepVanish)
	case stepAfterStop:
		i.takeAfterStop(s.at)
	case stepStoppedAgain:
		i.become(s.at, StatusStopped)
	case stepVanish:
		i.listed, i.ahead = false, nil
		i.note(s.at)
	}
}

// takeAfterStop lets the instance take the status that follows its stop.
func (i *instanceState) takeAfterStop(at time.Duration) {
	if i.AfterStop == StatusRecycle {
		i.take(step{at, stepRecycle})
		return
	}
	i.become(at, i.AfterStop)
	if i.AfterStopFor > 0 {
		i.planNow(at+i.AfterStopFor, stepStoppedAgain)
	}
}

// planAfterStop plans the status that follows the first time that it is STOPPED.
func (i *instanceState) planAfterStop(at time.Duration) {
	if i.AfterStop != "" && !i.afterStop {
		i.afterStop = true
		i.planNow(at+i.AfterStopIn, stepAfterStop)
	}
}
