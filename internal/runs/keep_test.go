package runs

import (
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
)

func TestAKeepThatEndsWhileTheRunIsAtWorkIsOpenAgainAndGoesOnInTheNextRun(t *testing.T) {
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour, Target: Target{InstanceIDs: []string{"a", "b", "c"}}}, at(0))
	run.Planned = true
	until := at(600)
	for i := range run.Instances {
		run.Instances[i].Verdict, run.Instances[i].KeepUntil = power.Kept, &until
	}
	run.Instances[0].KeepUntil, run.Instances[1].KeepUntil = new(until), new(until)
	if run.Instances[2].KeepUntil = nil; run.wait(at(0)) != 15 {
		t.Errorf("waits %d s", run.wait(at(0)))
	}
	run.endKeeps(at(599))
	if len(run.open()) != 0 {
		t.Error("opened before its time")
	}
	run.endKeeps(at(600))
	if got := ids(run.open()); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("open are %v: c has no time", got)
	}
	a, b := &run.Instances[0], &run.Instances[1]
	power.Stop.TimeOut(a)
	power.Stop.OverLimit(b, 0)
	for _, in := range []*power.Instance{a, b} {
		if in.Verdict != power.Kept || in.KeepUntil == nil {
			t.Errorf("%s is %s until %v: nobody comes back", in.ID, in.Verdict, in.KeepUntil)
		}
	}
	if run.endKeeps(at(700)); len(run.open()) != 0 {
		t.Error("opened a second time for the same keep")
	}
}
