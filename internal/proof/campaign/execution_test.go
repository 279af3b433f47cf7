package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// longestName is the longest name of an execution. Source: the AWS page of StartExecution.
const longestName = 80

// execution is one of StopWorkflow: of an event, of a part of a large run, or one that
// comes back to kept instances.
type execution struct {
	session    *session
	name       string
	input      []byte
	parent     *execution // of a part: that of the event
	origin     *execution // of one that comes back or starts again: that which found the instances kept, or stopped them
	waits      bool       // the event did not decide it
	lambda     *lambda
	chance     *rand.Rand
	ended      atomic.Bool
	unreported bool        // no call could report it
	passed     bool        // a plan has applied the guards, perhaps before the one that is due
	died       atomic.Bool // a part that was aborted

	record    cloud.Record // of its history
	document  runs.Run     // as it stands
	unreduced runs.Run     // as it stood before its report, which may leave instances out
	text      []byte       // the same as JSON
	parts     []runs.Part
	partOf    map[string]string // the name of the part that has an instance
	mine      map[string]bool   // the instances of a part
	planned   map[string]bool   // what Zenlayer listed all the time while the filter was resolved; nil: the event names ids, or it was not
	foreseen  map[string]bool   // what Zenlayer listed all the time while the plan before a warning was made; nil: none was made
	began     time.Time
	sent      int             // requests before the call of a function that is under way, or was the last
	backs     map[string]bool // the instances to which it comes back
	restored  map[string]bool // those that it starts again
	broke     map[string]bool // those that a stop round may have named of which no answer came
	told      map[string]bool // the words of its warning; nil: none was sent
	toldAt    time.Time       // when it was sent
	stopAt    time.Time       // the time that it gave

	end        asl.End
	decided    time.Time // when the outcome was final
	reportedAt time.Time // when a call had reported it
	overAt     time.Time // when it had been told
	messages   int       // sent to the topic
	event      string    // the detail type of the event that was sent
	metrics    *metrics  // that were published
	invoked    map[string]int
}

// over reports whether the execution has ended.
func (x *execution) over() bool { return x.ended.Load() }

// execute starts the execution of an event. It ends on its own.
func (s *session) execute(name string, input []byte) {
	x := s.newExecution(name, input, nil, nil)
	s.spawn(func(chance *rand.Rand) { x.run(context.Background(), chance) })
}

func (s *session) newExecution(name string, input []byte, parent, origin *execution) *execution {
	x := &execution{session: s, name: name, input: input, parent: parent, origin: origin, began: time.Now(), text: input, metrics: newMetrics(), invoked: map[string]int{}}
	s.judge.must(json.Unmarshal(input, &x.document))
	x.waits = x.document.Outcome == runs.OutcomeWaiting
	if x.document.Memory.Part != nil {
		x.mine = map[string]bool{}
		for _, id := range idsOf(x.document.Memory.Part) {
			x.mine[id] = true
		}
	}
	if origin != nil && x.starts() {
		s.note(startsAgain, name)
		x.restored = map[string]bool{}
		for _, id := range x.document.Memory.InstanceIDs {
			x.restored[id] = true
		}
	} else if origin != nil {
		s.note(cameBack, name)
		x.backs = map[string]bool{}
		for i := range x.document.Instances {
			x.backs[x.document.Instances[i].ID] = true
		}
	}
	if len(name) > longestName {
		s.judge.lost("the name %s has %d characters", name, len(name))
	}
	s.add(x)
	return x
}

func (x *execution) run(ctx context.Context, chance *rand.Rand) {
	x.chance, x.lambda = chance, newLambda(x.session.world, x.name, chance)
	services := cloud.AWS{
		Machine: x.session.machine, Env: asl.Env{Chance: chance.Float64, Left: x.left, Wait: func(d time.Duration) { _ = delay(ctx, d) }, Parallel: x.parallel},
		Invoke: x.invoke, Child: x.part, Start: x.comeBack, Subscribers: x.subscribers, Publish: x.notify, Send: x.send, Measure: x.publish,
	}
	x.record.Name, x.record.Input, x.record.Started = x.name, x.input, x.began
	if r := x.session.recorder; r != nil {
		services.Env.Worked = r.worked
	}
	services.Env.Task = func(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
		x.record.Tries(resource, a)
		result, failure := services.Task(ctx, resource, a)
		x.session.recorder.failed(x, resource, a.Text("FunctionName"), failure)
		return result, failure
	}
	x.session.recorder.add(x, "", x.document, nil)
	end, err := services.Run(ctx, x.name, x.input)
	x.session.recorder.ended(x, end, err)
	x.record.End(end, err, time.Now())
	if err != nil {
		return // aborted
	}
	x.end, x.overAt = end, time.Now()
	x.ended.Store(true)
	x.session.judge.bounds(x)
}

// left is told each transition.
func (x *execution) left(s asl.Step) {
	x.session.recorder.left(x, s)
	if x.record.Bytes <= mostHistory {
		x.record.Left(s, time.Now())
	}
	switch s.State {
	case "Hold":
		x.changed(s.Output)
	case "Report", "NobodyComesBack", "Unreported":
		x.reported(s)
	case "PublishMetrics":
		if !bytes.Equal(s.Input, s.Output) {
			x.session.judge.wrong("the metrics of %s changed its document", x.name)
		}
	}
}

// reported takes in that a call has reported the execution, or that the workflow has closed
// it because none could.
func (x *execution) reported(s asl.Step) {
	if x.decided.IsZero() {
		x.decided = s.Entered
	}
	if s.Next == "Unreported" {
		x.unreported = true
		return
	}
	x.reportedAt = time.Now()
	was := x.document
	if x.unreduced.Name == "" {
		x.unreduced = was
	}
	if was.Outcome == runs.OutcomeWaiting && was.Next != runs.NextParts && was.Next != runs.NextWarn {
		x.session.judge.gaveUp(x)
	}
	if was.Memory.Warned && !was.Planned && was.Next != runs.NextWarn {
		x.session.judge.forget(x)
	}
	if x.changed(s.Output) && was.Outcome == runs.OutcomeWaiting && !x.unreported {
		x.session.judge.watch(x, s.Entered)
	} else {
		x.session.judge.same(x, was)
	}
}

// changed takes in the document that a state hands on, and reports whether the workflow
// itself has changed it.
func (x *execution) changed(text []byte) bool {
	if bytes.Equal(text, x.text) {
		return false
	}
	var run runs.Run
	x.session.judge.must(json.Unmarshal(text, &run))
	x.take(run, text)
	return true
}

// take makes this the document of the execution.
func (x *execution) take(run runs.Run, text []byte) {
	x.document, x.text = run, text
	x.passed = x.passed || run.Planned || run.Memory.Warned
}

func (x *execution) invoke(_ context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
	x.invoked[function]++
	x.sent = x.session.sent()
	from, stops := time.Now(), function == cloud.StopFunction && x.document.Planned
	answer, failure := x.lambda.call(function, payload) //nolint:contextcheck // nothing ends a function but its own time
	if deadline := x.document.Deadline; stops && from.Before(deadline) && !time.Now().Before(deadline) {
		x.session.note(stopCrossesEnd, x.name)
	}
	if failure != nil {
		x.brokeOff(function, failure)
		return nil, failure
	}
	text := encode(answer)
	x.session.judge.fits(x, text)
	if _, ok := answer.(runs.Report); ok {
		return text, nil // see reported
	}
	run, ok := answer.(runs.Run)
	if !ok {
		x.session.judge.wrong("%s answers the workflow with a %T", function, answer)
		return text, nil
	}
	if function == cloud.StopFunction && !run.Planned && run.Next == runs.NextWait {
		x.session.lose(x.lambda.number, x.sent) // a plan that came to nothing remembers no row
	}
	plans := function == cloud.StopFunction && !x.document.Planned
	if x.document.Memory.Warned && !x.document.Planned && (run.Planned || run.Outcome != runs.OutcomeWaiting || run.Memory.Extended) {
		x.session.judge.forget(x)
	}
	x.take(run, text)
	if len(run.Memory.Parts) > 0 {
		x.setParts(run.Memory.Parts)
	}
	if x.session.filter && x.parent == nil && x.origin == nil && !x.rival() {
		x.resolved(from)
	}
	if plans {
		x.session.judge.readsMorning(x, from)
	}
	x.session.judge.watch(x, from)
	return text, nil
}

// resolved takes in which instances a plan must have found by its filter. What only the
// plan after a warning finds is left alone.
func (x *execution) resolved(from time.Time) {
	switch run := &x.document; {
	case run.Planned && x.planned == nil:
		x.planned = x.session.listed(from)
		for id := range x.planned {
			if x.foreseen != nil && !x.foreseen[id] {
				x.session.note(latecomer, x.name)
				delete(x.planned, id)
			}
		}
	case run.Memory.Warned && x.foreseen == nil:
		x.foreseen = x.session.listed(from)
	}
}

// subscribers are those who would get a message.
func (x *execution) subscribers() (confirmed string, failure *asl.Failure) {
	switch {
	case x.session.happens(noticeFails, x.name, x.chance):
		return "", &asl.Failure{Error: "Sns.InternalErrorException", Cause: "try again"}
	case x.session.happens(nobodySubscribed, x.name, x.chance):
		return "0", nil
	}
	return "2", nil
}

// notify takes a message to the topic, or fails to.
func (x *execution) notify(ctx context.Context, m cloud.Message) *asl.Failure {
	if x.session.happens(noticeFails, x.name, x.chance) {
		return &asl.Failure{Error: "SNS.InternalErrorException", Cause: "try again"}
	}
	if err := delay(ctx, x.session.noticeTakes(x)); err != nil {
		return &asl.Failure{Error: "States.Timeout", Cause: err.Error()}
	}
	x.session.judge.forged(x, m.Text)
	if m.Outcome == string(runs.OutcomeWaiting) {
		x.warned(m.Text)
		return nil
	}
	x.messages++
	return nil
}

// send takes an event, or fails to.
func (x *execution) send(detailType string) *asl.Failure {
	if x.session.happens(noticeFails, x.name, x.chance) {
		return &asl.Failure{Error: "EventBridge.InternalException", Cause: "try again"}
	}
	x.event = detailType
	return nil
}
