package virtual

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
	"zenstop/statemachine"
)

// Workflow is the deployed definition of StopWorkflow, ready to be carried out. It is
// safe for concurrent use.
type Workflow struct{ machine *asl.Machine }

// Load reads the definition.
func Load() (Workflow, error) {
	machine, err := asl.Parse(statemachine.Fill(nil))
	return Workflow{machine}, err
}

// Watch is a [Watcher]: it carries out a run whose instances a filter finds, from the
// plan to the outcome. It is an error where the outcome is not STOPPED.
func (w Workflow) Watch(ctx context.Context, stops []time.Duration) (watch Watch, err error) {
	began := time.Date(2026, time.November, 22, 19, 0, 0, 0, time.UTC)
	now := began
	clock := func() time.Time { return now }
	account := fleet(stops, clock)
	functions := handler.Stop{Runner: runs.Runner{API: account, Now: clock}, Trigger: trigger.Settings{MaxInstances: math.MaxInt}}
	services := cloud.AWS{Machine: w.machine, Env: cloud.Alone(&now)}
	services.Env.Left = func(asl.Step) { watch.Transitions++ }
	services.Invoke = func(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
		before := account.Describes
		answer, err := cloud.Call(ctx, functions, function, payload)
		if _, ok := answer.(runs.Run); ok && function == cloud.StatusFunction { // a call that reports is no look
			watch.Calls += account.Describes - before
			watch.Looks = append(watch.Looks, now.Sub(began))
		}
		return cloud.Answer(answer, err)
	}
	doc, err := json.Marshal(runs.New(runs.Request{
		Action: power.Stop,
		Name:   "schedule-1", MaxInstances: len(stops), Timeout: 2 * time.Hour,
		Target: runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{"night-off"}}},
	}, began))
	if err != nil {
		return watch, err
	}
	end, err := services.Run(ctx, "schedule-1", doc)
	if err == nil && end.Status != asl.Succeeded {
		err = fmt.Errorf("the run ended as %s in the state %s: %s %s", end.Status, end.State, end.Error, end.Cause)
	}
	watch.Besides = account.Describes + account.Stops - watch.Calls
	for _, in := range account.Instances {
		watch.Late = append(watch.Late, in.Seen.Sub(in.Asked.Add(in.StopTakes)))
	}
	return watch, err
}

// fleet has an instance for each of these times from the stop request to STOPPED.
// The ids have 20 characters.
func fleet(stops []time.Duration, now func() time.Time) *cloud.Account {
	all := make([]cloud.Instance, len(stops))
	for i, stop := range stops {
		all[i] = cloud.Instance{ID: fmt.Sprintf("instance-%011d", i), Status: zenlayer.StatusRunning, StopTakes: stop, Tags: []zenlayer.Tag{{Key: "night-off"}}}
	}
	return cloud.NewAccount(now, all...)
}
