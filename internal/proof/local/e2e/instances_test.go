package e2e

import (
	"testing"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

func TestARequestStopsEveryInstance(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["good-0001","good-0002","good-0003","off","guarded"]}}`))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{
		"good-0001": power.Stopped, "good-0002": power.Stopped, "good-0003": power.Stopped,
		"off": power.AlreadyStopped, "guarded": power.Protected,
	})
	wantStopCalls(t, up, "guarded", 0)
}

func TestRecycledAndMissingInstancesFailTheRunAndTheOthersAreStopped(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["bad-0001","bad-recycled","bad-missing","bad-0002"]}}`))
	wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{
		"bad-0001": power.Stopped, "bad-0002": power.Stopped, "bad-recycled": power.Recycled, "bad-missing": power.Missing,
	})
	wantCause(t, e, "bad-recycled RECYCLED", "bad-missing MISSING")
}

// Its code may pass, so the run asks for it until the deadline.
func TestAnInstanceThatZenlayerRefusesDoesNotBlockItsBatch(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["mate-0001","mate-0002","culprit","mate-0003","mate-0004","mate-0005"]},"timeoutMinutes":1}`))
	wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{
		"mate-0001": power.Stopped, "mate-0002": power.Stopped, "mate-0003": power.Stopped,
		"mate-0004": power.Stopped, "mate-0005": power.Stopped, "culprit": power.Refused,
	})
}

func TestWhatIsUpAgainBeforeTheRunEndsIsReportedAndLeftAlone(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["again-stopping","again-stopped","again-mate"]}}`))
	wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{
		"again-stopping": power.Restarted, "again-stopped": power.Restarted, "again-mate": power.Stopped,
	})
	wantStopCalls(t, up, "again-stopping", 1)
	wantStopCalls(t, up, "again-stopped", 1)
}
