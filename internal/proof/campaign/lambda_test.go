package campaign

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"zenstop/internal/credentials"
	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// What template.yaml says.
const (
	protectTag = "zenstop-protect"
	keepTag    = "zenstop-keep-until"
)

// lambda is one running copy of the two functions, warm from call to call, which
// works for one execution or delivery.
type lambda struct {
	world  *world
	chance *rand.Rand
	number int
	owner  string // the execution
	warm   handler.Stop
}

func newLambda(w *world, owner string, chance *rand.Rand) *lambda {
	f := &lambda{world: w, owner: owner, chance: chance}
	f.number = w.enlist(f)
	f.start()
	return f
}

// start makes a fresh copy: nothing is cached.
func (f *lambda) start() {
	client, err := zenlayer.New(zenlayer.Config{
		Endpoint:  "https://console.zenlayer.com",
		Source:    credentials.New(f, "secret", time.Now),
		Transport: wire{f},
		Jitter:    f.chance.Float64,
	})
	if err != nil {
		panic(err) // the settings are constants
	}
	runner := runs.Runner{API: client, Rules: power.Rules{ProtectTagKey: protectTag, KeepTagKey: keepTag, Zone: time.UTC}, Now: time.Now, Stack: "night"}
	f.warm = handler.Stop{Runner: runner, Starter: f, Workflow: cloud.Machine, Trigger: f.world.settings}
}

// call invokes a function with a payload, under its time limit and with the
// service's own failures before and after.
func (f *lambda) call(function string, payload []byte) (answer any, failure *asl.Failure) {
	if f.world.happens(lambdaThrottled, f.owner, f.chance) {
		return nil, &asl.Failure{Error: "Lambda.TooManyRequestsException", Cause: "Rate Exceeded."}
	}
	f.warm.Runner.Mornings = f.world.mornings()
	sent, held := f.world.sent(), f.world.heldUntil(f.owner)
	answer, err := f.contain(function, payload)
	switch {
	case errors.Is(err, errCrashed):
		failure = &asl.Failure{Error: "Lambda.Unknown", Cause: "The cause could not be determined because Lambda did not return an error type."}
	case err != nil:
		failure = cloud.Failed(err)
	case f.world.happens(lostResult, f.owner, f.chance):
		failure = &asl.Failure{Error: "Lambda.SdkClientException", Cause: "Read timed out."}
	}
	if failure != nil {
		f.world.lose(f.number, sent)
	}
	if failure != nil && (err == nil || errors.Is(err, errCrashed)) {
		f.world.unhold(f.owner, held)
	}
	if errors.Is(err, errCrashed) || f.chance.IntN(20) == 0 {
		f.start()
	}
	return answer, failure
}

var errCrashed = errors.New("the process ended")

// contain runs a handler in a goroutine of its own, which is its process.
func (f *lambda) contain(function string, payload []byte) (answer any, err error) {
	ended := make(chan struct{})
	err = errCrashed
	go func() {
		defer close(ended)
		answer, err = cloud.Call(context.Background(), f.warm, function, payload)
	}()
	<-ended
	return answer, err
}
