package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/fault"
	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
)

// workflows is Step Functions as far as the function sees it: names are unique.
type workflows struct {
	inputs map[string]string
	err    error
}

func (w *workflows) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	if w.err != nil {
		return nil, w.err
	}
	if _, taken := w.inputs[*in.Name]; taken {
		return nil, &types.ExecutionAlreadyExists{}
	}
	w.inputs[*in.Name] = *in.Input
	return &sfn.StartExecutionOutput{}, nil
}

// source counts how often the credentials are asked for.
type source struct {
	asked int
	err   error
}

func (s *source) Credentials(context.Context) (zenlayer.Credentials, error) {
	s.asked++
	c := sim.DefaultCredentials()[0]
	return zenlayer.Credentials{AccessKeyID: c.AccessKeyID, AccessKeyPassword: zenlayer.Secret(c.AccessKeyPassword)}, s.err
}
func (*source) Forget() {}

// rig is a StopFunction with all that it talks to.
type rig struct {
	handler.Stop
	server    *sim.Server
	workflows *workflows
	secret    *source
}

func newRig(t *testing.T, instances ...sim.Instance) rig {
	t.Helper()
	return newRigWith(t, sim.Scenario{Instances: instances})
}

func newRigWith(t *testing.T, scenario sim.Scenario) rig {
	t.Helper()
	server, err := sim.New(sim.Options{Scenario: scenario})
	if err != nil {
		t.Fatal(err)
	}
	secret := &source{}
	client, err := zenlayer.New(zenlayer.Config{Endpoint: "https://zenlayer.test", Source: secret, Transport: http.RoundTripper(server)})
	if err != nil {
		t.Fatal(err)
	}
	w := &workflows{inputs: map[string]string{}}
	return rig{handler.Stop{
		Runner: runs.Runner{API: client, Rules: power.Rules{ProtectTagKey: "zenstop-protect", KeepTagKey: "zenstop-keep-until"}, Now: time.Now}, Starter: w, Workflow: "arn",
		Trigger: trigger.Settings{MaxInstances: 5000, Timeout: time.Hour, MaxEventAge: time.Hour, Zone: time.UTC},
	}, server, w, secret}
}

func event(detail string) json.RawMessage {
	return json.RawMessage(`{"id":"1","source":"zenstop","detail-type":"Stop Instances Requested","time":"` +
		time.Now().UTC().Format(time.RFC3339) + `","detail":` + detail + `}`)
}

const one = `{"target":{"instanceIds":["a"]}}`

// claim delivers an event and returns the answer.
func (r rig) claim(t *testing.T, payload json.RawMessage) handler.Claim {
	t.Helper()
	out, err := r.Handle(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	claim, ok := out.(handler.Claim)
	if !ok {
		t.Fatalf("answer %+v", out)
	}
	return claim
}

// call makes one of the workflow's calls, "plan" or "stop", with a document.
func (r rig) call(t *testing.T, what string, doc any) (runs.Run, error) {
	t.Helper()
	payload, err := json.Marshal(map[string]any{what: doc})
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Handle(t.Context(), payload)
	run, _ := out.(runs.Run)
	return run, err
}

func TestAnEventStartsOneExecutionHoweverOftenItIsDelivered(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	for delivery := range 3 {
		want := handler.Claim{Run: "request-1", Started: delivery == 0, Outcome: runs.OutcomeWaiting, Summary: "Not planned yet."}
		if got := r.claim(t, event(one)); got != want {
			t.Errorf("delivery %d: %+v, want %+v", delivery, got, want)
		}
	}
	if len(r.workflows.inputs) != 1 {
		t.Errorf("%d executions", len(r.workflows.inputs))
	}
}

func TestAClaimAsksZenlayerNothingAndReadsNoSecret(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	for _, detail := range []string{one, `{"target":{"filter":{"zoneId":"HKG-A"}}}`, `{"target":{"instanceIds":["a"]},"dryRun":true}`} {
		r.claim(t, event(detail))
	}
	if n := r.server.Calls(sim.ActionDescribe) + r.server.Calls(sim.ActionStop); n != 0 || r.secret.asked != 0 {
		t.Errorf("%d calls of Zenlayer, the credentials were asked for %d times", n, r.secret.asked)
	}
}

// A finding: the names depended on what Zenlayer answered, and on when.
func TestTheNameOfTheExecutionDependsOnTheEventAlone(t *testing.T) {
	ids := make([]string, 1500)
	for n := range ids {
		ids[n] = fmt.Sprintf(`"i-%d"`, n)
	}
	for name, detail := range map[string]string{
		"a filter":        `{"target":{"filter":{"zoneId":"HKG-A"}}}`,
		"fifteen hundred": `{"target":{"instanceIds":[` + strings.Join(ids, ",") + `]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			payload := event(detail)
			r.claim(t, payload)
			r.Runner.Now = func() time.Time { return time.Now().Add(3 * time.Hour) } // it is stale by now
			if again := r.claim(t, payload); again.Started || again.Run != "request-1" || len(r.workflows.inputs) != 1 {
				t.Errorf("%+v, %d executions", again, len(r.workflows.inputs))
			}
		})
	}
}

func TestThePlanAndTheStopAreTheWorkflowsCalls(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a", StopTakes: time.Hour})
	r.claim(t, event(one))
	planned, err := r.call(t, "plan", json.RawMessage(r.workflows.inputs["request-1"]))
	if err != nil || !planned.Planned || planned.Next != runs.NextStop || r.server.Calls(sim.ActionStop) != 0 {
		t.Fatalf("%+v, %v, %d stops", planned, err, r.server.Calls(sim.ActionStop))
	}
	for range 2 { // the second one as after a crash
		run, err := r.call(t, "stop", planned)
		if err != nil || run.Outcome != runs.OutcomeWaiting || run.Next != runs.NextWait {
			t.Errorf("%+v, %v", run, err)
		}
	}
	if n := r.server.Calls(sim.ActionStop); n != 1 {
		t.Errorf("%d StopInstances calls, want 1", n)
	}
}

func TestEveryEventBecomesARunWhateverIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		payload json.RawMessage
		outcome runs.Outcome
	}{
		"not an event":     {json.RawMessage(`"hello"`), runs.OutcomeRefused},
		"a misspelt field": {event(`{"target":{"instanceIds":["a"]},"dryrun":true}`), runs.OutcomeRefused},
		"a good one":       {event(one), runs.OutcomeWaiting},
		"nothing":          {json.RawMessage(``), runs.OutcomeRefused},
		"a list":           {json.RawMessage(`[{"stop":{}}]`), runs.OutcomeRefused},
		"null":             {json.RawMessage(`null`), runs.OutcomeRefused},
		"a skip date":      {json.RawMessage(strings.Replace(string(event(one)), `"zenstop"`, `"zenstop.schedule"`, 1)), runs.OutcomeSkipped},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, sim.Instance{ID: "a"})
			r.secret.err = &zenlayer.CredentialsError{Message: "no such secret"}
			r.Trigger.SkipDates = []string{time.Now().UTC().Format(time.DateOnly), time.Now().UTC().Add(-time.Minute).Format(time.DateOnly)}
			if got := r.claim(t, c.payload); got.Outcome != c.outcome || !got.Started {
				t.Errorf("%+v", got)
			}
			for _, input := range r.workflows.inputs {
				if run, err := runs.Decode([]byte(input)); err != nil || run.Outcome != c.outcome {
					t.Errorf("outcome %s, error %v", run.Outcome, err)
				}
			}
		})
	}
}

func TestAThrottledStartExecutionMayPass(t *testing.T) {
	r := newRig(t)
	r.workflows.err = errors.New("throttled")
	_, err := r.Handle(t.Context(), event(one))
	if fault.Name(err) != fault.Unavailable || !strings.Contains(err.Error(), "start execution request-1") {
		t.Errorf("error %v, named %s", err, fault.Name(err))
	}
}

func TestABadDocumentNeverBecomesAStop(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	for _, doc := range []string{`{}`, `[]`, `"x"`, `{"run":"r","outcome":"STOPPED"}`} {
		for _, call := range []string{"plan", "stop"} {
			if out, err := r.call(t, call, json.RawMessage(doc)); err == nil {
				t.Errorf("%s %s: %+v", call, doc, out)
			}
		}
	}
	if n := r.server.Calls(sim.ActionStop); n != 0 {
		t.Errorf("%d StopInstances calls", n)
	}
}

func TestADocumentIsHeldToTheStacksLimitWhoeverSendsIt(t *testing.T) {
	for name, limit := range map[string]*int{"too high a limit": new(1000), "one too high": new(3), "none": nil} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, sim.Instance{ID: "a"}, sim.Instance{ID: "b"}, sim.Instance{ID: "c"})
			r.Trigger.MaxInstances = 2
			run := runs.New(runs.Request{Action: power.Stop, Name: "r", Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a", "b", "c"}}}, time.Now())
			run.Memory.MaxInstances = limit
			refused, err := r.call(t, "plan", run)
			if err != nil || refused.Outcome != runs.OutcomeRefused {
				t.Errorf("a plan of 3 with a limit of 2 is %s, %v", refused.Outcome, err)
			}
			run.Planned = true
			for i := range run.Instances {
				run.Instances[i].Before, run.Instances[i].Status, run.Instances[i].Memory.Due = "RUNNING", "RUNNING", true
			}
			stopped, err := r.call(t, "stop", run)
			asked := 0
			for _, in := range stopped.Instances {
				asked += in.Requests
			}
			if err != nil || asked != 2 || stopped.Instances[2].Verdict != power.Refused {
				t.Errorf("%d were asked to stop, the third is %q, %v", asked, stopped.Instances[2].Verdict, err)
			}
		})
	}
}

func TestALimitOf0Is0(t *testing.T) {
	part := &runs.Part{Name: "r-part-2", MaxInstances: 0, Sharers: 2, Statuses: map[string][]string{"RUNNING": {"a", "b"}}}
	for name, plan := range map[string]runs.Memory{"of a run": {MaxInstances: new(0)}, "of a part's share": {Part: part}, "of a part, planned": {MaxInstances: new(0), Sharers: 2}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, sim.Instance{ID: "a"}, sim.Instance{ID: "b"})
			r.Trigger.MaxInstances = 300
			run := runs.New(runs.Request{Action: power.Stop, Name: "r-part-2", Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a", "b"}}}, time.Now())
			if run.Memory = plan; plan.Part != nil {
				run.Instances = nil
			}
			run.Planned = strings.HasSuffix(name, "planned")
			for run.Next == runs.NextPlan || run.Next == runs.NextStop {
				call := "plan"
				if run.Planned {
					call = "stop"
				}
				var err error
				if run, err = r.call(t, call, run); err != nil {
					t.Fatal(err)
				}
			}
			if n := r.server.Calls(sim.ActionStop); n != 0 {
				t.Errorf("%d StopInstances calls", n)
			}
		})
	}
}

func TestAnErrorOfZenlayerIsTheErrorOfTheCall(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	r.secret.err = &zenlayer.CredentialsError{Message: "no such secret"}
	run := runs.New(runs.Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a"}}}, time.Now())
	if _, err := r.call(t, "plan", run); fault.Name(err) != fault.CredentialsRefused {
		t.Errorf("error %v, named %s", err, fault.Name(err))
	}
}

func TestARunThatHasEndedIsNotCarriedOn(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	run := runs.Refused(runs.Request{Action: power.Stop, Name: "r", Timeout: time.Hour}, "why", time.Now())
	for _, call := range []string{"plan", "stop"} {
		if _, err := r.call(t, call, run); err == nil || !strings.Contains(err.Error(), "REFUSED") {
			t.Errorf("%s: %v", call, err)
		}
	}
	doc, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (handler.Status{Runner: r.Runner}).Handle(t.Context(), doc); err == nil {
		t.Error("it was checked")
	}
}

func TestACallKeepsTimeForItsAnswer(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	r.Runner.API = deadlines{r.Runner.API, t}
	run := runs.New(runs.Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a"}}}, time.Now())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	doc, err := json.Marshal(map[string]any{"plan": run})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Handle(ctx, doc); err != nil {
		t.Error(err)
	}
}

// deadlines checks that a call of Zenlayer must end 8 s before the function.
type deadlines struct {
	runs.API
	t *testing.T
}

func (d deadlines) Describe(ctx context.Context, ids []string) (zenlayer.Page, error) {
	if at, ok := ctx.Deadline(); !ok || time.Until(at) > 52*time.Second {
		d.t.Errorf("the call may last until %v", at)
	}
	return d.API.Describe(ctx, ids)
}
