package picture_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"zenstop/internal/fault"
	"zenstop/internal/power"
	"zenstop/internal/proof/picture"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

type source struct{}

func (source) Credentials(context.Context) (zenlayer.Credentials, error) {
	c := sim.DefaultCredentials()[0]
	return zenlayer.Credentials{AccessKeyID: c.AccessKeyID, AccessKeyPassword: zenlayer.Secret(c.AccessKeyPassword)}, nil
}
func (source) Forget() {}

// hostile is a name that would become an element of the page if it were not escaped.
const hostile = `<script>alert(1)</script>"'&`

// badNight is a fleet of which each instance has another fate, and an outage.
func badNight() sim.Scenario {
	const second, minute = time.Second, time.Minute
	return sim.Scenario{
		Instances: []sim.Instance{
			{ID: "bmc-web-01", Name: "web-01.lab", StopTakes: 20 * second},
			{ID: "bmc-web-02", Name: "web-02.lab", StopTakes: 2 * minute},
			{ID: "bmc-web-03", Name: "web-03.lab", StopTakes: 7 * minute},
			{ID: "bmc-web-04", Name: "web-04.lab", IgnoresStops: 1, StopTakes: minute},
			{ID: "bmc-db-01", Name: "db-01.prod", IgnoresStops: 99},
			{ID: "bmc-db-02", Name: "db-02.prod", StopTakes: minute, RestartsAfter: 3 * minute},
			{ID: "bmc-db-03", Name: "db-03.prod", NeverStops: true},
			{ID: "bmc-cache-01", Name: "cache-01.lab", StopTakes: 10 * minute, VanishesAt: 2 * minute},
			{ID: "bmc-cache-02", Name: "cache-02.lab", RefusesStop: "OPERATION_DENIED_INSTANCE_SUBSCRIPTION_EXPIRED"},
			{ID: "bmc-old-01", Name: "old-01.lab", Status: "RECYCLE"},
			{ID: "bmc-new-01", Name: "new-01.lab", Status: "BOOTING", BecomesRunningAfter: 4 * minute, StopTakes: minute},
			{ID: "bmc-build-01", Name: "build-01.lab", Status: "STOPPED"},
			{ID: "bmc-gateway-01", Name: "gateway-01.prod", Tags: map[string]string{"zenstop-protect": "true"}},
		},
		Faults: []sim.Fault{{Kind: sim.Unavailable, From: 12 * minute, Until: 16 * minute}},
	}
}

// moments carries a run on in virtual time, as the workflow does, and records it.
func moments(t *testing.T, sc sim.Scenario) []picture.Moment {
	t.Helper()
	var all []picture.Moment
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)))
		server, err := sim.New(sim.Options{Scenario: sc, Start: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		client, err := zenlayer.New(zenlayer.Config{
			Endpoint: "https://zenlayer.test", Source: source{}, Transport: http.RoundTripper(server), Jitter: func() float64 { return 0.5 },
		})
		if err != nil {
			t.Fatal(err)
		}
		req := runs.Request{Action: power.Stop, Name: "schedule-3f9a", Trigger: runs.Trigger{Kind: runs.KindSchedule, Name: "zenstop.schedule", Reason: "nightly"}, MaxInstances: 100, Timeout: 20 * time.Minute}
		for _, in := range sc.Instances {
			req.Target.InstanceIDs = append(req.Target.InstanceIDs, in.ID)
		}
		r := recorder{runs.Runner{API: client, Rules: power.Rules{ProtectTagKey: "zenstop-protect", KeepTagKey: "zenstop-keep-until"}, Now: time.Now}, runs.New(req, time.Now()), nil} // one call after the other, so that the picture is the same each time
		r.finish(t.Context())
		all = r.moments
	})
	return all
}

// recorder is a run and what it has done so far.
type recorder struct {
	runner  runs.Runner
	run     runs.Run
	moments []picture.Moment
}

func (r *recorder) finish(ctx context.Context) {
	r.moments = append(r.moments, picture.Moment{At: time.Now(), Run: r.run})
	for r.run.Outcome == runs.OutcomeWaiting {
		state, call := "CheckStatus", r.runner.Check
		switch r.run.Next {
		case runs.NextPlan:
			state, call = "Plan", r.runner.Plan
		case runs.NextStop:
			state, call = "Stop", r.runner.Stop
		default:
			<-time.After(time.Duration(r.run.WaitSeconds) * time.Second)
		}
		m := picture.Moment{State: state}
		if err := call(ctx, &r.run); err != nil {
			m.Error, m.Cause = fault.Name(err), err.Error()
			r.run.Next = runs.NextWait
		}
		m.At, m.Run = time.Now(), r.run
		r.moments = append(r.moments, m)
	}
}
