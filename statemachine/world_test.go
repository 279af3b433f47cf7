package statemachine

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what the functions log tells nothing in so many runs
	os.Exit(m.Run())
}

// world is what the workflow runs against in a test: functions made up by the
// test, a clock of its own, and a list of what happened.
type world struct {
	t       testing.TB
	machine *asl.Machine
	now     time.Time

	// What the functions do with a document; nil: the real ones do it where they have a
	// Zenlayer, and else hand it on as it is.
	plan, stop, check func(doc object) (object, *asl.Failure)
	functions         handler.Stop
	// unreportable says which runs no call can report; nil: the real function reports every one.
	unreportable func(run string) bool
	// fails says, for the services by their resources, what becomes of an attempt; nil: it works.
	fails map[string]func() *asl.Failure
	// dies says which child executions are aborted.
	dies func(name string) bool
	// subscribed is how many the topic says are subscribed and confirmed.
	subscribed string

	sights         []sight           // documents of the real functions
	states         []string          // entered, in order, those of child executions too
	outputs        map[string][]byte // of each state, the last one
	started        []string          // names of child executions
	message        string            // of the notification
	longestSubject int
	tagged         string   // its message attribute outcome
	event          string   // detail type of the event
	events         []string // detail types of all events
	back           object   // input of the run that comes back
	backName       string
	further        map[string]object // inputs of all runs after this one, by their names
	cameBack       []string          // the names of all of them
	metrics        []string          // that were published, see line
	resulted       object            // input of the last state of the run itself
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, machine: load(t), now: began, subscribed: "1", fails: map[string]func() *asl.Failure{}, outputs: map[string][]byte{}}
	w.functions = handler.Stop{Runner: runs.Runner{Now: func() time.Time { return w.now }, Stack: "StackName"}, Trigger: trigger.Settings{MaxInstances: math.MaxInt}}
	return w
}

// run carries a document through the workflow.
func (w *world) run(doc object) asl.End {
	w.t.Helper()
	end := w.execute(w.t.Context(), "request-1", encode(w.t, doc))
	w.resulted = decode(w.t, end.Input)
	return end
}

func (w *world) execute(ctx context.Context, name string, input []byte) asl.End {
	services := cloud.AWS{
		Machine: w.machine, Env: cloud.Alone(&w.now),
		Invoke: w.invoke, Child: w.child, Start: w.start, Subscribers: func() (string, *asl.Failure) { return w.subscribed, nil },
		Publish: w.notify, Send: w.send, Measure: w.publish,
	}
	services.Env.Left = func(s asl.Step) { w.states, w.outputs[s.State] = append(w.states, s.State), s.Output }
	services.Env.Task = func(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
		w.now = w.now.Add(time.Second)
		if fails := w.fails[resource]; fails != nil {
			if failure := fails(); failure != nil {
				return nil, failure
			}
		}
		return services.Task(ctx, resource, a)
	}
	end, err := services.Run(ctx, name, input)
	if err != nil {
		w.t.Fatal(err)
	}
	return end
}

func (w *world) invoke(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
	call := decode(w.t, payload)
	kind, doc := "check", call
	if function == cloud.StopFunction {
		if len(call) != 1 {
			w.t.Errorf("StopFunction gets an object with %d members", len(call))
		}
		for kind = range call {
			doc, _ = call[kind].(object)
		}
	} else if ending, ok := call["report"].(object); ok {
		kind, doc = "report", ending
	}
	work := map[string]func(object) (object, *asl.Failure){"plan": w.plan, "stop": w.stop, "check": w.check}[kind]
	switch {
	case kind == "report" && w.unreportable != nil && w.unreportable(fmt.Sprint(doc["run"])):
		work = cannotBeCalled
	case work == nil && kind != "report" && w.functions.Runner.API == nil:
		return encode(w.t, doc), nil
	}
	if work != nil {
		doc, failure := work(doc)
		return encode(w.t, doc), failure
	}
	answer, err := cloud.Call(ctx, w.functions, function, payload)
	if err != nil {
		w.t.Errorf("%s of %v: %v", kind, doc["run"], err)
	}
	if run, ok := answer.(runs.Run); ok {
		w.sights = append(w.sights, sight{w.now, run})
	}
	return cloud.Answer(answer, err)
}

// startedBy is the member of an input that has the console link an execution to the one that
// started it. Source: the AWS page "Start workflow executions from a task state".
const startedBy = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"

// child carries out a child execution.
func (w *world) child(ctx context.Context, name string, input []byte) (asl.End, *asl.Failure) {
	if slices.Contains(w.started, name) {
		return asl.End{}, cloud.NameTaken(name)
	}
	w.started = append(w.started, name)
	if by := decode(w.t, input)[startedBy]; by != cloud.ExecutionARN("request-1") {
		w.t.Errorf("%s is started by %v", name, by)
	}
	if w.dies != nil && w.dies(name) {
		return asl.End{Status: cloud.Aborted}, nil
	}
	return w.execute(ctx, name, input), nil
}

// start takes in the run that comes back.
func (w *world) start(name string, input []byte) *asl.Failure {
	w.cameBack = append(w.cameBack, name)
	w.backName, w.back = name, decode(w.t, input)
	if w.further == nil {
		w.further = map[string]object{}
	}
	w.further[name] = w.back
	return nil
}

func (w *world) notify(_ context.Context, m cloud.Message) *asl.Failure {
	w.message, w.tagged, w.longestSubject = m.Text, m.Outcome, max(w.longestSubject, len(m.Subject))
	return nil
}

func (w *world) send(detailType string) *asl.Failure {
	w.event = detailType
	w.events = append(w.events, detailType)
	return nil
}

// only lets the run of this name meet something, and no other.
func only(name string) func(string) bool {
	return func(other string) bool { return other == name }
}

// everyRun lets each of them meet it.
func everyRun(string) bool { return true }

// fails is a function that always fails with this error.
func fails(name, message string) func(object) (object, *asl.Failure) {
	return func(object) (object, *asl.Failure) { return nil, cloud.FunctionError(name, message) }
}

// always is a service that always fails with this error.
func always(name string) func() *asl.Failure {
	return func() *asl.Failure { return &asl.Failure{Error: name, Cause: "x"} }
}

// times counts how often the workflow was in a state.
func (w *world) times(state string) int {
	n := 0
	for _, s := range w.states {
		if s == state {
			n++
		}
	}
	return n
}
