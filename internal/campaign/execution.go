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
	resourceInvoke = "arn:aws:states:::lambda:invoke"
	resourcePart   = "arn:aws:states:::states:startExecution.sync:2"
	resourceNotice = "arn:aws:states:::sns:publish"
	resourceEvent  = "arn:aws:states:::events:putEvents"
)

// execution is one of StopWorkflow: of an event, or of a part of a large run.
type execution struct {
	session *session
	name    string
	input   []byte
	parent  *execution // nil: of an event
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
	from     time.Time         // when the call began that the document comes from
	began    time.Time

	end      asl.End
	decided  time.Time // when the outcome was final
	overAt   time.Time // when it had been told
	gaveUp   bool
	messages int    // sent to the topic
	event    string // the detail type of the event that was sent
	invoked  map[string]int
}

func (x *execution) hasParts() bool { return len(x.parts) > 0 }

// over reports whether the execution has ended.
func (x *execution) over() bool { return x.ended.Load() }

// execute starts an execution. It ends on its own.
func (s *session) execute(name string, input []byte, parent *execution) *execution {
	x := s.newExecution(name, input, parent)
	s.spawn(func(chance *rand.Rand) { x.run(context.Background(), chance) })
	return x
}

func (s *session) newExecution(name string, input []byte, parent *execution) *execution {
	x := &execution{session: s, name: name, input: input, parent: parent, began: time.Now(), text: input, invoked: map[string]int{}}
	s.judge.must(json.Unmarshal(input, &x.document))
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
	end, err := x.session.machine.Run(ctx, env, asl.Execution{Name: x.name, ID: executionARN(x.name), Machine: machineARN, Input: x.input})
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

// parallel runs the iterations of the Map, each in moments of its own.
func (x *execution) parallel(n int, f func(int)) {
	ended := make(chan struct{})
	for i := range n {
		x.session.spawn(func(*rand.Rand) {
			defer func() { ended <- struct{}{} }()
			f(i)
		})
	}
	for range n {
		<-ended
	}
}

// left is told each transition.
func (x *execution) left(s asl.Step) {
	switch s.State {
	case "Outcome?":
		x.decided = s.Entered
	case "GiveUp":
		x.gaveUp = true
	}
}

// task makes one attempt of a Task.
func (x *execution) task(_ context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
	switch resource {
	case resourceInvoke:
		return x.invoke(a.Text("FunctionName"), a["Payload"])
	case resourcePart:
		return x.part(a.Text("Name"), a["Input"])
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

// setParts takes in the parts of a large run as its plan has fixed them.
func (x *execution) setParts(parts []shutdown.Part) {
	x.parts, x.partOf = parts, map[string]string{}
	for i := range parts {
		for _, id := range idsOf(&parts[i]) {
			if x.partOf[id] != "" {
				x.session.judge.lost("%s is in the parts %s and %s", id, x.partOf[id], parts[i].Run)
			}
			x.partOf[id] = parts[i].Run
		}
	}
}

// part starts the child execution of a part and waits for its end.
func (x *execution) part(name string, input []byte) ([]byte, *asl.Failure) {
	s := x.session
	if s.happens(startThrottled, x.name, x.chance) {
		return nil, &asl.Failure{Error: "StepFunctions.SfnException", Cause: "Rate exceeded"}
	}
	if s.known(name) != nil {
		return nil, &asl.Failure{Error: "StepFunctions.ExecutionAlreadyExistsException", Cause: "Execution Already Exists: '" + executionARN(name) + "'"}
	}
	child := s.newExecution(name, input, x)
	ctx, abort := context.WithCancel(context.Background())
	defer abort()
	ended := make(chan struct{})
	s.spawn(func(chance *rand.Rand) {
		defer close(ended)
		child.run(ctx, chance)
	})
	select {
	case <-ended:
	case <-child.death():
		s.note(partDied, name)
		child.died.Store(true)
		return nil, &asl.Failure{Error: "States.TaskFailed", Cause: `{"Status":"ABORTED"}`}
	}
	if child.end.Status != asl.Succeeded {
		return nil, &asl.Failure{Error: "States.TaskFailed", Cause: string(encode(child.end.Cause))}
	}
	return bytes.Join([][]byte{[]byte(`{"Status":"SUCCEEDED","Output":`), child.end.Output, []byte(`}`)}, nil), nil
}

// death is the moment at which a part dies; never for most.
func (x *execution) death() <-chan time.Time {
	for _, t := range x.session.troubles {
		if t.kind == partDied && t.call == x.document.Part {
			return time.After(x.session.start.Add(t.from).Sub(time.Now()))
		}
	}
	return nil
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
