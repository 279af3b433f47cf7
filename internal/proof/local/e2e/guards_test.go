package e2e

import (
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/hostile"
	"zenstop/internal/runs"
)

func TestMoreThanTheLimitIsRefusedAndNothingIsStopped(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["many-0001","many-0002","many-0003","many-0004"]},"maxInstances":3}`))
	open := power.Open
	wants(t, e, runs.OutcomeRefused, map[string]power.Verdict{"many-0001": open, "many-0002": open, "many-0003": open, "many-0004": open})
	wantCause(t, e, "4 instances would be stopped, but the limit (maxInstances) is 3")
	wantStopCalls(t, up, "many-0001", 0)
}

func TestWhatIsAlreadyStoppedDoesNotCountAgainstTheLimit(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"filter":{"tagKeys":["e2e"],"tags":[{"key":"e2e","value":"pages"}]}}}`)) // 1,104, the stack's limit is 50
	wantCounts(t, e, runs.OutcomeStopped, map[power.Verdict]int{power.Stopped: 4, power.AlreadyStopped: 1100})
	wantExecutions(t, up, e.Name, e.Name+"-part-1", e.Name+"-part-2")
}

func TestADryRunPlansAndStopsNothing(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["dry-0001","dry-0002","off"]},"dryRun":true}`))
	wants(t, e, runs.OutcomePlanned, map[string]power.Verdict{"dry-0001": power.Open, "dry-0002": power.Open, "off": power.AlreadyStopped})
	if note := e.Run.Instances[0].Note; note != "is RUNNING: would be stopped" {
		t.Errorf("note %q", note)
	}
	wantStopCalls(t, up, "dry-0001", 0)
}

func TestAStaleEventIsRefused(t *testing.T) {
	t.Parallel()
	event := scheduled("stale", `{"target":{"instanceIds":["stale-0001"]}}`)
	event["time"] = time.Now().Add(-2 * time.Hour).UTC().Format(time.RFC3339)
	e := carryOut(t, up, event)
	wants(t, e, runs.OutcomeRefused, nil)
	wantCause(t, e, "MaxEventAgeMinutes")
	wantStopCalls(t, up, "stale-0001", 0)
}

func TestAnUnknownZoneIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"filter":{"zoneId":"NOWHERE-9","tagKeys":["e2e"]}}}`))
	wants(t, e, runs.OutcomeRefused, nil)
	wantCause(t, e, `target.filter.zoneId "NOWHERE-9"`, "INVALID_ZONE_NOT_FOUND")
}

func TestEveryHostileEventIsOneRefusedRunAndNoStop(t *testing.T) {
	t.Parallel()
	for _, c := range hostile.Details() {
		t.Run(c.Name, func(t *testing.T) {
			e := carryOut(t, up, request(c.Detail))
			wants(t, e, runs.OutcomeRefused, nil)
			wantCause(t, e, c.WantField, c.Want)
		})
	}
	wantStopCalls(t, up, "hostile-0001", 0)
}
