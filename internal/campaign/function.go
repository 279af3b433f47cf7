package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/credentials"
	"zenstop/internal/fault"
	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
	"zenstop/statemachine"
)

// What template.yaml and the two main packages say.
const (
	functionTime = 60 * time.Second
	reserve      = 8 * time.Second
	planTime     = 25 * time.Second
	maxPayload   = 262_144 // bytes; the AWS page of Step Functions quotas
	protectTag   = "zenstop-protect"

	stopFunction, statusFunction = "StopFunctionArn", "StatusFunctionArn" // in the definition
)

// function is one running copy of a Lambda function, warm from call to call.
type function struct {
	world  *world
	chance *rand.Rand
	number int
	runner shutdown.Runner
}

func newFunction(w *world, chance *rand.Rand) (*function, error) {
	f := &function{world: w, chance: chance, number: w.enlist()}
	return f, f.start()
}

// start makes a fresh copy: nothing is cached.
func (f *function) start() error {
	client, err := zenlayer.New(zenlayer.Config{
		Endpoint:  "https://console.zenlayer.com",
		Source:    credentials.New(f.world, "secret", time.Now),
		Transport: &wire{f.world, f.chance, f.number},
		Jitter:    f.chance.Float64,
	})
	if err == nil {
		f.runner = shutdown.Runner{API: client, ProtectTagKey: protectTag, Now: time.Now}
	}
	return err
}

// invoke calls a function as Step Functions does: by a JSON document, with a
// time limit, and with the service's own failures before and after.
func (f *function) invoke(name string, payload any) (shutdown.Run, *statemachine.ErrorOutput) {
	if f.world.in(f.world.lambdaDown) {
		f.world.count("lambdaException")
		return shutdown.Run{}, &statemachine.ErrorOutput{Error: "Lambda.TooManyRequestsException", Cause: "Rate Exceeded."}
	}
	began, sent := time.Now(), f.world.sent()
	run, err := f.contain(func(ctx context.Context) (shutdown.Run, error) { return f.handle(ctx, name, payload) })
	var failure *statemachine.ErrorOutput
	switch {
	case errors.Is(err, errCrashed):
		failure = &statemachine.ErrorOutput{Error: "Lambda.Unknown", Cause: "The cause could not be determined because Lambda did not return an error type."}
	case time.Since(began) > functionTime:
		f.world.count("functionTimeOut")
		failure = &statemachine.ErrorOutput{Error: "Sandbox.Timedout", Cause: `{"errorMessage":"Task timed out after 60.00 seconds"}`}
	case err != nil:
		cause, _ := json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": fault.Name(err)}) //nolint:errchkjson // strings only
		failure = &statemachine.ErrorOutput{Error: fault.Name(err), Cause: string(cause)}
	case f.world.resultLost(f.chance):
		failure = &statemachine.ErrorOutput{Error: "Lambda.SdkClientException", Cause: "Read timed out."}
	}
	if failure != nil {
		f.world.lose(f.number, sent)
	}
	if failure != nil && failure.Error == "Lambda.Unknown" || f.chance.IntN(20) == 0 {
		if err := f.start(); err != nil {
			panic(err) // the same settings worked before
		}
	}
	return run, failure
}

var errTooLarge = errors.New("the document is too large for Step Functions")

var errCrashed = errors.New("the process ended")

// contain runs a handler under the function's time limit and survives its crash.
func (f *function) contain(handle func(context.Context) (shutdown.Run, error)) (run shutdown.Run, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), functionTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(crashed); !ok {
				panic(p)
			}
			err = errCrashed
		}
	}()
	return handle(ctx)
}

// handle is what the two functions do with a run document.
func (f *function) handle(ctx context.Context, name string, payload any) (shutdown.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, functionTime-reserve)
	defer cancel()
	if wrapped, ok := payload.(map[string]any); ok {
		payload = wrapped["stop"]
	}
	run, ok := payload.(shutdown.Run)
	if !ok {
		return run, fmt.Errorf("%s got no run document", name)
	}
	run, err := f.world.copyOf(run)
	if err != nil {
		return run, err
	}
	switch name {
	case stopFunction:
		err = f.runner.Stop(ctx, &run)
	case statusFunction:
		err = f.runner.Check(ctx, &run)
	default:
		err = fmt.Errorf("no function %s", name)
	}
	return run, err
}

// copyOf sends a document through JSON and the strict decoder, as each call does.
func (w *world) copyOf(run shutdown.Run) (shutdown.Run, error) {
	if !w.encodes(len(run.Instances)) {
		run.Instances = slices.Clone(run.Instances)
		return run, nil
	}
	text, err := json.Marshal(run)
	if err != nil {
		return run, err
	}
	if len(text) > maxPayload {
		return run, fmt.Errorf("%w: %d bytes", errTooLarge, len(text))
	}
	return shutdown.Decode(text)
}

// receive is what StopFunction does with an event: it starts an execution for
// each part, of which only the first of a name counts.
func (f *function) receive(event []byte) error {
	_, err := f.contain(func(ctx context.Context) (shutdown.Run, error) {
		run := f.document(ctx, trigger.Decode(event, f.world.settings, time.Now()))
		for _, part := range run.Split(time.Now()) {
			if err := f.world.startExecution(part); err != nil {
				return run, err
			}
		}
		return run, nil
	})
	return err
}

func (f *function) document(ctx context.Context, ev trigger.Event) shutdown.Run {
	switch {
	case ev.Refused != "":
		return shutdown.Refused(ev.Request, ev.Refused, time.Now())
	case ev.Skipped != "":
		return shutdown.Skipped(ev.Request, ev.Skipped, time.Now())
	}
	run := shutdown.New(ev.Request, time.Now())
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	if err := f.runner.Plan(ctx, &run); err != nil {
		run.Notes = append(run.Notes, shutdown.Note("Could not be planned at once: "+err.Error()))
	}
	return run
}
