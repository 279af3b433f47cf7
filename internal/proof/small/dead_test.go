package small

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/audit"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
)

// way of being cut.
type death string

// The ways in which a run can be cut, each at one of the points of its history.
const (
	uncut       death = ""
	beforeCall  death = "the function ends before it has done anything" // at a call of a function
	resultLost  death = "what the function returns is lost"
	notCalled   death = "the function cannot be called" // while the stack is updated, say
	beforeAPI   death = "the function ends before a call of Zenlayer"
	afterAPI    death = "the function ends after a call of Zenlayer"
	taskFails   death = "another service fails" // SNS, EventBridge, CloudWatch, StartExecution
	isAborted   death = "the execution is aborted"
	claimFails  death = "StartExecution fails for the event"
	claimUnsure death = "StartExecution works for the event, and the function ends"
)

// night is one event and all that comes of it, cut at one point.
type night struct {
	t       *testing.T
	machine *asl.Machine
	account *cloud.Account
	now     time.Time
	cut     death
	at      int // the number of the call, of the call of Zenlayer, of the attempt or of the transition

	calls, asks, tasks, steps int // so far

	first      map[string]time.Time // when each request first named each instance
	executions map[string]audit.History
	later      []func(context.Context)
	alarms     int // executions that ended without a report
	queued     bool
}

// hits reports whether this is the point at which the night is cut.
func (n *night) hits(d death, count int) bool { return n.cut == d && n.at == count }

// Describe, List and Ask are of [runs.API].
func (n *night) Describe(ctx context.Context, ids []string) (zenlayer.Page, error) {
	n.asks++
	count := n.asks
	n.endsIf(n.hits(beforeAPI, count))
	page, err := n.account.Describe(ctx, ids)
	n.endsIf(n.hits(afterAPI, count))
	return page, err
}

func (n *night) List(ctx context.Context, f zenlayer.Filter, number, size int) (zenlayer.Page, error) {
	return n.account.List(ctx, f, number, size)
}

func (n *night) Ask(ctx context.Context, action zenlayer.Action, ids []string) error {
	n.asks++
	count := n.asks
	n.endsIf(n.hits(beforeAPI, count))
	for _, id := range ids {
		if request := string(action) + " " + id; n.first[request].IsZero() {
			n.first[request] = n.now
		}
	}
	err := n.account.Ask(ctx, action, ids)
	n.endsIf(n.hits(afterAPI, count))
	return err
}

// endsIf ends the process of the function, which is its goroutine.
func (n *night) endsIf(now bool) {
	if now {
		runtime.Goexit()
	}
}

// StartExecution is of [handler.Starter].
func (n *night) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	if n.hits(claimFails, n.calls) {
		return nil, errors.New("try again")
	}
	if _, ok := n.executions[*in.Name]; ok {
		return nil, &types.ExecutionAlreadyExists{}
	}
	n.executions[*in.Name] = audit.History{}
	input := []byte(*in.Input)
	n.later = append(n.later, func(ctx context.Context) { _, _ = n.execute(ctx, *in.Name, input) })
	n.endsIf(n.hits(claimUnsure, n.calls))
	arn := cloud.ExecutionARN(*in.Name)
	return &sfn.StartExecutionOutput{ExecutionArn: &arn}, nil
}

// function calls one of the functions, each time a fresh copy of it.
func (n *night) function(ctx context.Context, name string, payload []byte) ([]byte, *asl.Failure) {
	n.calls++
	n.now = n.now.Add(time.Second)
	count := n.calls
	switch {
	case n.hits(notCalled, count):
		return nil, &asl.Failure{Error: "Lambda.ServiceException", Cause: "The function is being updated."}
	case n.hits(beforeCall, count):
		return nil, &asl.Failure{Error: "Lambda.Unknown", Cause: "The cause could not be determined."}
	}
	stop := handler.Stop{
		Runner: runs.Runner{
			API: n, Rules: power.Rules{ProtectTagKey: "zenstop-protect", KeepTagKey: "zenstop-keep-until", Zone: time.UTC}, Now: func() time.Time { return n.now },
			Mornings: runs.Mornings{StartDays: "MON,TUE,WED,THU,FRI,SAT,SUN"},
		},
		Starter: n, Workflow: cloud.Machine, Trigger: trigger.Settings{MaxInstances: 10_000, Timeout: 30 * time.Minute, MaxEventAge: time.Hour, Zone: time.UTC},
	}
	result, failure := []byte(nil), &asl.Failure{Error: "Lambda.Unknown", Cause: "The cause could not be determined."}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		result, failure = cloud.Answer(cloud.Call(ctx, stop, name, payload))
	}()
	<-ended
	if n.hits(resultLost, count) {
		return nil, &asl.Failure{Error: "Lambda.SdkClientException", Cause: "Read timed out."}
	}
	return result, failure
}

// execute carries out an execution.
func (n *night) execute(ctx context.Context, name string, input []byte) (asl.End, *asl.Failure) {
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	services := cloud.AWS{
		Machine: n.machine, Env: cloud.Alone(&n.now), Invoke: n.function,
		Child: func(ctx context.Context, name string, input []byte) (asl.End, *asl.Failure) {
			return n.execute(ctx, name, input)
		},
	}
	services.Start = func(name string, input []byte) *asl.Failure {
		if _, ok := n.executions[name]; ok {
			return cloud.NameTaken(name)
		}
		n.executions[name] = audit.History{}
		n.later = append(n.later, func(ctx context.Context) { _, _ = n.execute(ctx, name, slices.Clone(input)) })
		return nil
	}
	services.Env.Task = func(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
		if resource != cloud.ResourceInvoke && resource != cloud.ResourceChild {
			if n.tasks++; n.hits(taskFails, n.tasks) {
				return nil, &asl.Failure{Error: "SdkClientException", Cause: "try again"}
			}
		}
		return services.Task(ctx, resource, a)
	}
	services.Env.Left = func(asl.Step) {
		if n.steps++; n.hits(isAborted, n.steps) {
			abort()
		}
	}
	var record cloud.Record
	end, err := record.Carry(ctx, &services, name, input, func() time.Time { return n.now })
	if n.executions[name] = record.History; err != nil {
		n.alarms++ // AWS counts ExecutionsAborted: see the alarm run-aborted of the template
		return asl.End{Status: cloud.Aborted}, nil
	}
	return end, nil
}

// deliver hands the event to the function, as often as Lambda tries.
func (n *night) deliver(event []byte) {
	for range 3 {
		if _, failure := n.function(context.Background(), cloud.StopFunction, event); failure == nil {
			return
		}
		n.now = n.now.Add(time.Minute)
	}
	n.queued = true
}

// goOn carries out all executions that were started.
func (n *night) goOn() {
	for len(n.later) > 0 {
		next := n.later[0]
		n.later = n.later[1:]
		next(n.t.Context())
	}
}

// golden is a night that is cut everywhere.
type golden struct {
	detailType string
	detail     map[string]any
	fleet      []cloud.Instance
	every      int  // how many of its points are cut: each, or every so many
	ends       ends // what the whole run comes to
}

func (g *golden) night(t *testing.T, machine *asl.Machine, cut death, at int) *night {
	n := &night{t: t, machine: machine, now: begins, cut: cut, at: at, executions: map[string]audit.History{}, first: map[string]time.Time{}}
	n.account = cloud.NewAccount(func() time.Time { return n.now }, slices.Clone(g.fleet)...)
	event := g.event()
	n.deliver(event)
	n.goOn()
	stops, executions := n.account.Stops, len(n.executions)
	n.cut = uncut
	n.deliver(event)
	if n.goOn(); n.account.Stops != stops || len(n.executions) != executions {
		t.Errorf("the same event again makes %d executions of %d, and %d requests of %d", len(n.executions), executions, n.account.Stops, stops)
	}
	return n
}

func (g *golden) event() []byte {
	ids := make([]string, len(g.fleet))
	for i := range g.fleet {
		ids[i] = g.fleet[i].ID
	}
	detail := maps.Clone(g.detail)
	detail["target"] = map[string]any{"instanceIds": ids}
	text, err := json.Marshal(map[string]any{"id": "e-1", "source": "zenstop", "detail-type": g.detailType, "time": begins.Format(time.RFC3339), "detail": detail})
	if err != nil {
		panic(err) // texts and numbers
	}
	return text
}

// verdicts are those of all executions, by execution and instance.
func (n *night) verdicts() map[string]power.Verdict {
	all := map[string]power.Verdict{}
	for name, h := range n.executions {
		run := n.report(h)
		for i := range run.Instances {
			all[name+" "+run.Instances[i].ID] = run.Instances[i].Verdict
		}
		all[name] = power.Verdict(run.Outcome)
	}
	return all
}

func (n *night) report(h audit.History) runs.Run {
	var run runs.Run
	if len(h.Steps) > 0 {
		_ = json.Unmarshal(h.Steps[len(h.Steps)-1].Output, &run) // of an execution that failed as well
	}
	return run
}

// ends are the outcomes of executions, and the verdicts of their instances; an empty one: it has none.
type ends map[string]power.Verdict

func goldens() map[string]*golden {
	up := func(id string, tags ...zenlayer.Tag) cloud.Instance {
		return cloud.Instance{ID: id, Status: "RUNNING", StopTakes: 50 * time.Second, Tags: tags}
	}
	keep := zenlayer.Tag{Key: "zenstop-keep-until", Value: begins.Add(2 * time.Hour).Format(time.RFC3339)}
	off := cloud.Instance{ID: "off", Status: "STOPPED", StopTakes: 50 * time.Second}
	fleet := []cloud.Instance{up("a"), up("b"), up("safe", zenlayer.Tag{Key: "zenstop-protect"}), off}
	var many []cloud.Instance
	for i := range 1001 {
		many = append(many, up(fmt.Sprintf("i-%04d", i)))
	}
	const stop, start = "Stop Instances Requested", "Start Instances Requested"
	const run = "request-e-1"
	stopped := ends{run: "STOPPED", run + " a": power.Stopped, run + " safe": power.Protected, run + " off": power.AlreadyStopped}
	return map[string]*golden{
		"a stop":        {stop, map[string]any{}, fleet, 1, stopped},
		"a start":       {start, map[string]any{}, fleet, 1, ends{"start-" + run: "STARTED", "start-" + run + " off": power.Started, "start-" + run + " a": power.AlreadyRunning}},
		"a warned stop": {stop, map[string]any{"warnMinutes": 10}, fleet, 1, stopped},
		"a stop with a kept machine": {
			stop,
			map[string]any{},
			[]cloud.Instance{up("a"), up("kept", keep)},
			1,
			ends{run + " kept": power.Kept, run + "-kept": "STOPPED", run + "-kept kept": power.Stopped},
		},
		"a stop that is started again": {
			stop,
			map[string]any{"startAt": begins.Add(12 * time.Hour).Format(time.RFC3339)},
			fleet, 1,
			ends{run: "STOPPED", run + " a": power.Stopped, run + "-start": "STARTED", run + "-start a": power.Started, run + "-start safe": "", run + "-start off": ""},
		},
		"a refused one": {stop, map[string]any{"maxInstances": 1}, fleet, 1, ends{run: "REFUSED"}},
		"a dry run":     {stop, map[string]any{"dryRun": true}, fleet, 1, ends{run: "PLANNED"}},
		"a large one":   {stop, map[string]any{}, many, 4, ends{run: "STOPPED", run + " i-0000": power.Stopped}},
	}
}

// A function that ends, a result that is lost, an execution that is aborted, a service that fails:
// at each point of a run, and once for each way. Afterwards either the run has come to the same
// verdicts, or an alarm or the failure queue knows; and the same event again does no harm.
func TestARunThatIsCutAtAnyPointComesToTheSameOrSomebodyKnows(t *testing.T) {
	machine := workflow(t)
	for name, g := range goldens() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := g.night(t, machine, uncut, 0)
			verdicts := good.verdicts()
			for what, want := range g.ends {
				if verdicts[what] != want {
					t.Fatalf("%s ends as %q, want %q", what, verdicts[what], want)
				}
			}
			cuts := 0
			for cut, points := range map[death]int{
				beforeCall: good.calls, resultLost: good.calls, notCalled: good.calls, beforeAPI: good.asks, afterAPI: good.asks, taskFails: good.tasks,
				isAborted: good.steps, claimFails: 1, claimUnsure: 1,
			} {
				for at := 1; at <= points; at += g.every {
					cuts++
					g.isCut(t, machine, cut, at, good)
				}
			}
			t.Logf("%d cuts, %d calls of functions, %d of Zenlayer, %d of other services, %d transitions", cuts, good.calls, good.asks, good.tasks, good.steps)
		})
	}
}

func (g *golden) isCut(t *testing.T, machine *asl.Machine, cut death, at int, good *night) {
	t.Helper()
	n := g.night(t, machine, cut, at)
	for name, h := range n.executions {
		if strings.Contains(name, "-part-") || h.Status == "" {
			continue
		}
		for _, f := range audit.Judge(h, n.executions).Findings {
			t.Errorf("%s, number %d: %s", cut, at, f)
		}
	}
	for request, first := range n.first {
		if of, ok := good.first[request]; !ok || first.Before(of.Add(-time.Minute)) { // parts take turns
			t.Errorf("%s, number %d: %s at %s, in the whole run at %s", cut, at, request, first, of)
		}
	}
	if n.alarms > 0 || n.queued {
		return
	}
	if diff := cmp.Diff(good.verdicts(), n.verdicts()); diff != "" {
		t.Errorf("%s, number %d: whole (-), cut (+)\n%s", cut, at, diff)
	}
}
