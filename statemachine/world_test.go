package statemachine

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

// world is what the workflow runs against in a test: functions made up by the
// test, a clock of its own, and a list of what happened.
type world struct {
	t       testing.TB
	machine *asl.Machine
	now     time.Time

	// What the functions do with a document; nil: they hand it on as it is.
	plan, stop, check func(doc object) (object, *asl.Failure)
	// report says what becomes of a call that reports; nil: the real function answers it.
	report func(ending object) (object, *asl.Failure)
	// dies says which child executions end without a document, and throttled how
	// often the start of one is refused before it works.
	dies      func(name string) *asl.Failure
	throttled int
	// refuses says how an attempt to publish metrics fails; nil: it works.
	refuses func() *asl.Failure
	// subscribed is how many the topic says are subscribed and confirmed.
	subscribed string

	sights         []sight  // documents of functions that do what the real ones do
	states         []string // entered, in order, those of child executions too
	started        []string // names of child executions
	message        string   // of the notification
	longestSubject int
	tagged         string              // its message attribute outcome
	event          string              // detail type of the event
	events         []string            // detail types of all events
	warned         func() *asl.Failure // what becomes of the first message; nil: it is sent
	counted        func() *asl.Failure // what becomes of the question who is subscribed; nil: it is answered
	comeBack       func() *asl.Failure // what becomes of the start of the run that comes back; nil: it is started
	back           object              // its input
	backName       string
	cameBack       []string // the names of all of them
	metrics        []string // that were published, see metricLines
	resulted       object   // input of the last state of the run itself
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{t: t, machine: load(t), now: began, subscribed: "1"}
}

// run carries a document through the workflow.
func (w *world) run(doc object) asl.End {
	w.t.Helper()
	end := w.execute(w.t.Context(), "request-1", encode(w.t, doc))
	w.resulted = decode(w.t, end.Input)
	return end
}

func (w *world) execute(ctx context.Context, name string, input []byte) asl.End {
	end, err := w.machine.Run(ctx, asl.Env{
		Task:     w.task,
		Now:      func() time.Time { return w.now },
		Wait:     func(d time.Duration) { w.now = w.now.Add(d) },
		Parallel: func(n int, f func(int)) { each(n, f) },
		Left:     func(s asl.Step) { w.states = append(w.states, s.State) },
	}, asl.Execution{Name: name, ID: "execution/" + name, Machine: "the-workflow", Input: input})
	if err != nil {
		w.t.Fatal(err)
	}
	return end
}

func each(n int, f func(int)) {
	for i := range n {
		f(i)
	}
}

func (w *world) task(ctx context.Context, resource string, arguments asl.Arguments) ([]byte, *asl.Failure) {
	w.now = w.now.Add(time.Second)
	switch resource {
	case "arn:aws:states:::lambda:invoke":
		return w.invoke(arguments)
	case "arn:aws:states:::states:startExecution.sync:2":
		return w.child(ctx, arguments)
	case "arn:aws:states:::aws-sdk:cloudwatch:putMetricData":
		return w.publish(arguments)
	case "arn:aws:states:::states:startExecution":
		if w.comeBack != nil {
			if failure := w.comeBack(); failure != nil {
				return nil, failure
			}
		}
		w.cameBack = append(w.cameBack, arguments.Text("Name"))
		w.backName, w.back = arguments.Text("Name"), decode(w.t, arguments["Input"])
	case "arn:aws:states:::aws-sdk:sns:getTopicAttributes":
		if w.counted != nil {
			if failure := w.counted(); failure != nil {
				return nil, failure
			}
		}
		return encode(w.t, object{"Attributes": object{"TopicArn": arguments.Text("TopicArn"), "SubscriptionsConfirmed": w.subscribed}}), nil
	case "arn:aws:states:::sns:publish":
		if w.warned != nil {
			if failure := w.warned(); failure != nil {
				return nil, failure
			}
		}
		w.message, w.longestSubject = arguments.Text("Message"), max(w.longestSubject, len(arguments.Text("Subject")))
		var attributes struct {
			Outcome struct{ DataType, StringValue string } `json:"outcome"`
		}
		unmarshal(w.t, arguments["MessageAttributes"], &attributes)
		w.tagged = attributes.Outcome.DataType + " " + attributes.Outcome.StringValue
	case "arn:aws:states:::events:putEvents":
		var entries struct{ Entries []struct{ DetailType string } }
		unmarshal(w.t, []byte(`{"Entries":`+string(arguments["Entries"])+`}`), &entries)
		w.event = entries.Entries[0].DetailType
		w.events = append(w.events, w.event)
	}
	return []byte(`{}`), nil
}

func (w *world) invoke(arguments asl.Arguments) ([]byte, *asl.Failure) {
	payload, work := decode(w.t, arguments["Payload"]), w.check
	if payload["report"] != nil {
		if w.report == nil {
			return w.reported(arguments["Payload"]), nil
		}
		work = w.report
	}
	if arguments.Text("FunctionName") == "StopFunctionArn" {
		if len(payload) != 1 {
			w.t.Errorf("StopFunction gets an object with %d members", len(payload))
		}
		work = w.stop
		if _, ok := payload["plan"]; ok {
			work = w.plan
		}
		for _, inner := range payload {
			payload, _ = inner.(object)
		}
	}
	if work == nil {
		return encode(w.t, payload), nil
	}
	doc, failure := work(payload)
	return encode(w.t, doc), failure
}

// reported is what the real function answers to the call that reports.
func (w *world) reported(payload []byte) []byte {
	ending, err := runs.DecodeEnding(payload)
	if err != nil {
		w.t.Fatalf("StatusFunction cannot read what it is to report: %v\n%.2000s", err, payload)
	}
	return encode(w.t, runs.Runner{Now: func() time.Time { return w.now }, Stack: "StackName"}.Report(ending))
}

// startedBy is the member of an input that has the console link an execution to the one that
// started it. Source: the AWS page "Start workflow executions from a task state".
const startedBy = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"

// child runs a child execution, and answers as Step Functions does: with the
// child's input and its output. Source: the AWS page of startExecution.sync:2.
func (w *world) child(ctx context.Context, arguments asl.Arguments) ([]byte, *asl.Failure) {
	name := arguments.Text("Name")
	if w.throttled > 0 {
		w.throttled--
		return nil, &asl.Failure{Error: "StepFunctions.ThrottlingException", Cause: "Rate exceeded"}
	}
	if slices.Contains(w.started, name) {
		return nil, &asl.Failure{Error: "StepFunctions.ExecutionAlreadyExistsException", Cause: name}
	}
	w.started = append(w.started, name)
	if by := decode(w.t, arguments["Input"])[startedBy]; arguments.Text("StateMachineArn") != "the-workflow" || by != "execution/request-1" {
		w.t.Errorf("%s is an execution of %s, started by %v", name, arguments["StateMachineArn"], by)
	}
	if w.dies != nil {
		if failure := w.dies(name); failure != nil {
			return nil, failure
		}
	}
	end := w.execute(ctx, name, arguments["Input"])
	if end.Status != asl.Succeeded || end.State != "PartEnded" {
		return nil, &asl.Failure{Error: "States.TaskFailed", Cause: fmt.Sprintf("%s: %s", end.State, end.Error)}
	}
	return bytes.Join([][]byte{[]byte(`{"Status":"SUCCEEDED","Input":`), arguments["Input"], []byte(`,"Output":`), end.Output, []byte(`}`)}, nil), nil
}

// aborted lets the child execution of this name be aborted, and no other.
func aborted(child string) func(name string) *asl.Failure {
	return abortedWhere(func(name string) bool { return name == child })
}

func abortedWhere(dies func(name string) bool) func(name string) *asl.Failure {
	return func(name string) *asl.Failure {
		if dies(name) {
			return &asl.Failure{Error: "States.TaskFailed", Cause: `{"Status":"ABORTED"}`}
		}
		return nil
	}
}

// fails is a function that always fails with this error.
func fails(name, message string) func(object) (object, *asl.Failure) {
	cause := fmt.Sprintf(`{"errorMessage":%q,"errorType":%q}`, message, name)
	return func(object) (object, *asl.Failure) { return nil, &asl.Failure{Error: name, Cause: cause} }
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
