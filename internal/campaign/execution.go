package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
)

// The resources of the definition's Tasks.
const (
	resourceInvoke  = "arn:aws:states:::lambda:invoke"
	resourcePart    = "arn:aws:states:::states:startExecution.sync:2"
	resourceMetrics = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
	resourceNotice  = "arn:aws:states:::sns:publish"
	resourceEvent   = "arn:aws:states:::events:putEvents"
)

// execution is one of StopWorkflow: of an event, or of a part of a large run.
type execution struct {
	session *session
	name    string
	input   []byte
	parent  *execution // nil: of an event
	waits   bool       // the event did not decide it
	lambda  *lambda
	chance  *rand.Rand
	ended   atomic.Bool
	died    atomic.Bool // a part that was aborted

	document shutdown.Run // as it stands
	text     []byte       // the same as JSON
	parts    []shutdown.Part
	partOf   map[string]string // the name of the part that has an instance
	mine     map[string]bool   // the instances of a part
	planned  map[string]bool   // what Zenlayer listed all the time while the filter was resolved; nil: the event names ids, or it was not
	began    time.Time

	end      asl.End
	decided  time.Time // when the outcome was final
	overAt   time.Time // when it had been told
	messages int       // sent to the topic
	event    string    // the detail type of the event that was sent
	metrics  *metrics  // that were published
	invoked  map[string]int
}

// over reports whether the execution has ended.
func (x *execution) over() bool { return x.ended.Load() }

// execute starts the execution of an event. It ends on its own.
func (s *session) execute(name string, input []byte) {
	x := s.newExecution(name, input, nil)
	s.spawn(func(chance *rand.Rand) { x.run(context.Background(), chance) })
}

func (s *session) newExecution(name string, input []byte, parent *execution) *execution {
	x := &execution{session: s, name: name, input: input, parent: parent, began: time.Now(), text: input, metrics: newMetrics(), invoked: map[string]int{}}
	s.judge.must(json.Unmarshal(input, &x.document))
	x.waits = x.document.Outcome == shutdown.OutcomeWaiting
	if x.document.Plan.Part != nil {
		x.mine = map[string]bool{}
		for _, id := range idsOf(x.document.Plan.Part) {
			x.mine[id] = true
		}
	}
	s.add(x)
	return x
}

func (x *execution) run(ctx context.Context, chance *rand.Rand) {
	x.chance, x.lambda = chance, newLambda(x.session.world, x.name, chance)
	env := asl.Env{
		Task: x.task, Now: time.Now, Chance: chance.Float64, Left: x.left,
		Wait:     func(d time.Duration) { _ = delay(ctx, d) },
		Parallel: x.parallel,
	}
	x.session.recorder.add(x, "", x.document, nil)
	end, err := x.session.machine.Run(ctx, env, asl.Execution{Name: x.name, ID: executionARN(x.name), Machine: machineARN, Input: x.input})
	x.session.recorder.ended(x, end, err)
	if err != nil {
		return // aborted
	}
	x.end, x.overAt = end, time.Now()
	x.ended.Store(true)
	if !bytes.Equal(end.Input, x.text) { // the workflow itself has changed it
		var run shutdown.Run
		x.session.judge.must(json.Unmarshal(end.Input, &run))
		x.document, x.text = run, end.Input
		x.session.judge.watch(x, x.decided)
	}
	x.session.judge.bounds(x)
}

// left is told each transition.
func (x *execution) left(s asl.Step) {
	x.session.recorder.left(x, s)
	switch s.State {
	case "PublishMetrics":
		if x.decided = s.Entered; !bytes.Equal(s.Input, s.Output) {
			x.session.judge.wrong("the metrics of %s changed its document", x.name)
		}
	case "GiveUp":
		x.session.judge.gaveUp()
	}
}

// task makes one attempt of a Task.
func (x *execution) task(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
	result, failure := x.attempt(ctx, resource, a)
	x.session.recorder.failed(x, resource, a.Text("FunctionName"), failure)
	return result, failure
}

func (x *execution) attempt(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
	switch resource {
	case resourceInvoke:
		return x.invoke(a.Text("FunctionName"), a["Payload"]) //nolint:contextcheck // nothing ends a function but its own time
	case resourcePart:
		return x.part(ctx, a.Text("Name"), a["Input"])
	case resourceMetrics:
		return x.publish(a)
	case resourceNotice, resourceEvent:
		return x.notify(resource, a)
	}
	return nil, &asl.Failure{Error: "States.Runtime", Cause: "no resource " + resource}
}

func (x *execution) invoke(function string, payload []byte) ([]byte, *asl.Failure) {
	x.invoked[function]++
	from, stops := time.Now(), function == stopFunction && x.document.Planned
	answer, failure := x.lambda.call(function, payload)
	if deadline := x.document.Deadline; stops && from.Before(deadline) && !time.Now().Before(deadline) {
		x.session.note(stopCrossesEnd, x.name)
	}
	if failure != nil {
		return nil, failure
	}
	text := encode(answer)
	run, ok := answer.(shutdown.Run)
	if !ok {
		x.session.judge.wrong("%s answers the workflow with a %T", function, answer)
		return text, nil
	}
	x.document, x.text = run, text
	if len(run.Plan.Parts) > 0 {
		x.setParts(run.Plan.Parts)
	}
	if x.session.filter && x.parent == nil && x.planned == nil && run.Planned {
		x.planned = x.session.listed(from)
	}
	x.session.judge.watch(x, from)
	return text, nil
}

// notify sends a message or an event, or fails to.
func (x *execution) notify(resource string, a asl.Arguments) ([]byte, *asl.Failure) {
	if x.session.happens(noticeFails, x.name, x.chance) {
		return nil, &asl.Failure{Error: "SNS.InternalErrorException", Cause: "try again"}
	}
	for name, value := range a {
		if len(value) > asl.MaxBytes {
			x.session.judge.lost("%s of a notification of %s has %d bytes", name, x.name, len(value))
		}
	}
	if resource == resourceNotice {
		x.messages++
		return []byte(`{}`), nil
	}
	var entries []struct{ DetailType string }
	x.session.judge.must(json.Unmarshal(a["Entries"], &entries))
	x.event = entries[0].DetailType
	return []byte(`{"FailedEntryCount":0}`), nil
}
