package handler

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
	"zenstop/internal/sim"
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

type source struct{ err error }

func (s source) Credentials(context.Context) (zenlayer.Credentials, error) {
	c := sim.DefaultCredentials()[0]
	return zenlayer.Credentials{AccessKeyID: c.AccessKeyID, AccessKeyPassword: zenlayer.Secret(c.AccessKeyPassword)}, s.err
}
func (source) Forget() {}

func rig(t *testing.T, sc sim.Scenario, s source) (*function, *sim.Server, *workflows) {
	t.Helper()
	server, err := sim.New(sim.Options{Scenario: sc})
	if err != nil {
		t.Fatal(err)
	}
	client, err := zenlayer.New(zenlayer.Config{Endpoint: "https://zenlayer.test", Source: s, Transport: http.RoundTripper(server)})
	if err != nil {
		t.Fatal(err)
	}
	w := &workflows{inputs: map[string]string{}}
	return &function{
		runner: shutdown.Runner{API: client, Now: time.Now}, starter: w, workflow: "arn", now: time.Now,
		trigger: trigger.Settings{MaxInstances: 5000, Timeout: time.Hour, MaxEventAge: time.Hour, Zone: time.UTC},
	}, server, w
}

func event(detail string) json.RawMessage {
	return json.RawMessage(`{"id":"1","source":"zenstop","detail-type":"Stop Instances Requested","time":"` +
		time.Now().UTC().Format(time.RFC3339) + `","detail":` + detail + `}`)
}

const one = `{"target":{"instanceIds":["a"]}}`

func TestAnEventStartsOneExecutionAndStopsNothing(t *testing.T) {
	f, server, w := rig(t, sim.Scenario{Instances: []sim.Instance{{ID: "a"}}}, source{})
	for delivery := range 3 {
		out, err := f.Handle(t.Context(), event(one))
		if err != nil {
			t.Fatal(err)
		}
		all, ok := out.([]started)
		if !ok || len(all) != 1 || all[0].Started != (delivery == 0) || all[0].Run != "request-1" {
			t.Errorf("delivery %d: %+v", delivery, out)
		}
	}
	if len(w.inputs) != 1 || server.Calls(sim.ActionStop) != 0 {
		t.Errorf("%d executions, %d StopInstances calls; want 1, 0", len(w.inputs), server.Calls(sim.ActionStop))
	}
	run, err := shutdown.Decode([]byte(w.inputs["request-1"]))
	if err != nil || !run.Planned || !run.StopDue || run.Instances[0].Before != "RUNNING" {
		t.Errorf("input %+v, error %v", run, err)
	}
}

func TestTheWorkflowsCallStopsAndAsksNobodyTwice(t *testing.T) {
	f, server, w := rig(t, sim.Scenario{Instances: []sim.Instance{{ID: "a", StopTakes: time.Hour}}}, source{})
	if _, err := f.Handle(t.Context(), event(one)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second one as after a crash
		out, err := f.Handle(t.Context(), json.RawMessage(`{"stop":`+w.inputs["request-1"]+`}`))
		if err != nil {
			t.Fatal(err)
		}
		if run, ok := out.(shutdown.Run); !ok || run.Outcome != shutdown.OutcomeWaiting || run.StopDue {
			t.Errorf("%+v", out)
		}
	}
	if n := server.Calls(sim.ActionStop); n != 1 {
		t.Errorf("%d StopInstances calls, want 1", n)
	}
}

func TestEveryEventBecomesARunWhateverIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		payload json.RawMessage
		source  source
		outcome shutdown.Outcome
	}{
		"not an event":     {json.RawMessage(`"hello"`), source{}, shutdown.OutcomeRefused},
		"a misspelt field": {event(`{"target":{"instanceIds":["a"]},"dryrun":true}`), source{}, shutdown.OutcomeRefused},
		"no credentials":   {event(one), source{&zenlayer.CredentialsError{Message: "no such secret"}}, shutdown.OutcomeWaiting},
	} {
		t.Run(name, func(t *testing.T) {
			f, server, w := rig(t, sim.Scenario{Instances: []sim.Instance{{ID: "a"}}}, c.source)
			if _, err := f.Handle(t.Context(), c.payload); err != nil {
				t.Fatal(err)
			}
			for _, input := range w.inputs {
				if run, err := shutdown.Decode([]byte(input)); err != nil || run.Outcome != c.outcome {
					t.Errorf("outcome %s, error %v", run.Outcome, err)
				}
			}
			if len(w.inputs) != 1 || server.Calls(sim.ActionStop) != 0 {
				t.Errorf("%d executions, %d StopInstances calls; want 1, 0", len(w.inputs), server.Calls(sim.ActionStop))
			}
		})
	}
}

func TestMoreThanAThousandInstancesBecomeSeveralExecutions(t *testing.T) {
	sc := sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: 2100, Like: sim.Instance{Tags: map[string]string{"k": "v"}}}}}
	f, _, w := rig(t, sc, source{})
	if _, err := f.Handle(t.Context(), event(`{"target":{"filter":{"tagKeys":["k"]}}}`)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"request-1-1-of-3", "request-1-2-of-3", "request-1-3-of-3"} {
		if w.inputs[name] == "" {
			t.Errorf("no execution %s", name)
		}
	}
}

func TestAnEventThatCannotBecomeARunIsAnError(t *testing.T) {
	f, _, w := rig(t, sim.Scenario{Instances: []sim.Instance{{ID: "a"}}}, source{})
	w.err = errors.New("throttled")
	if _, err := f.Handle(t.Context(), event(one)); err == nil || !strings.Contains(err.Error(), "start execution request-1") {
		t.Errorf("error %v", err)
	}
}

func TestABadDocumentNeverBecomesAStop(t *testing.T) {
	f, server, _ := rig(t, sim.Scenario{Instances: []sim.Instance{{ID: "a"}}}, source{})
	for _, doc := range []string{`{}`, `[]`, `"x"`, `{"run":"r","outcome":"STOPPED"}`} {
		if out, err := f.Handle(t.Context(), json.RawMessage(`{"stop":`+doc+`}`)); err == nil {
			t.Errorf("%s: %+v", doc, out)
		}
	}
	if n := server.Calls(sim.ActionStop); n != 0 {
		t.Errorf("%d StopInstances calls", n)
	}
}
