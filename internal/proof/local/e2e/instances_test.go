package e2e

import (
	"testing"

	"zenstop/internal/shutdown"
)

func TestARequestStopsEveryInstance(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["good-0001","good-0002","good-0003","off","guarded"]}}`))
	wants(t, e, shutdown.OutcomeStopped, map[string]shutdown.Verdict{
		"good-0001": shutdown.Stopped, "good-0002": shutdown.Stopped, "good-0003": shutdown.Stopped,
		"off": shutdown.AlreadyStopped, "guarded": shutdown.Protected,
	})
	wantStopCalls(t, up, "guarded", 0)
}

func TestRecycledAndMissingInstancesFailTheRunAndTheOthersAreStopped(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["bad-0001","bad-recycled","bad-missing","bad-0002"]}}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{
		"bad-0001": shutdown.Stopped, "bad-0002": shutdown.Stopped, "bad-recycled": shutdown.Recycled, "bad-missing": shutdown.Missing,
	})
	wantCause(t, e, "bad-recycled RECYCLED", "bad-missing MISSING")
}

// Its code may pass, so the run asks for it until the deadline.
func TestAnInstanceThatZenlayerRefusesDoesNotBlockItsBatch(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["mate-0001","mate-0002","culprit","mate-0003","mate-0004","mate-0005"]},"timeoutMinutes":1}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{
		"mate-0001": shutdown.Stopped, "mate-0002": shutdown.Stopped, "mate-0003": shutdown.Stopped,
		"mate-0004": shutdown.Stopped, "mate-0005": shutdown.Stopped, "culprit": shutdown.RefusedStop,
	})
}

func TestWhatIsUpAgainBeforeTheRunEndsIsReportedAndLeftAlone(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["again-stopping","again-stopped","again-mate"]}}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{
		"again-stopping": shutdown.Restarted, "again-stopped": shutdown.Restarted, "again-mate": shutdown.Stopped,
	})
	wantStopCalls(t, up, "again-stopping", 1)
	wantStopCalls(t, up, "again-stopped", 1)
}
