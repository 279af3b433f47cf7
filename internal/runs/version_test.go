package runs

import (
	"testing"
	"time"

	"zenstop/internal/power"
)

func TestAReportNamesTheVersionThatMadeItAndWhatIsStartedNextDoesNot(t *testing.T) {
	morning := at(43_200)
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 1, Timeout: time.Hour, StartAt: &morning, Target: Target{InstanceIDs: []string{"i-1"}}}, at(0))
	run.Instances[0] = power.Instance{ID: "i-1", Before: "RUNNING", Status: "STOPPED", Requests: 1, Verdict: power.Stopped, Memory: power.Memory{Restore: true}}
	run.Planned, run.Outcome, run.Next = true, OutcomeStopped, NextReport
	rep := Runner{Now: func() time.Time { return at(60) }}.Report(Ending{Run: run})
	if rep.Run.Version != Version || Version == "" || len(rep.Further) != 1 || rep.Further[0].Version != "" {
		t.Errorf("the report is of version %q, and the runs after it are %+v", rep.Run.Version, rep.Further)
	}
}
