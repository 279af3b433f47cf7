package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// TestTroubleEndsWithTheRightOutcome goes through one trouble after another.
func TestTroubleEndsWithTheRightOutcome(t *testing.T) {
	t.Parallel()
	two := beside(t, "zenstop-two", "trouble", nil)
	pair := func(id string, v power.Verdict) map[string]power.Verdict {
		return map[string]power.Verdict{id + "-0001": v, id + "-0002": v}
	}
	fill := func(secret string) {
		if err := two.FillSecret(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}

	for n, bad := range []struct{ says, secret string }{
		{"is not filled in", ""}, // as the stack makes it
		{"is not a JSON object", `{"accessKeyPassword": "` + stack.SimPassword},
		{"has no accessKeyId", `{"accessKeyPassword":"` + stack.SimPassword + `"}`},
	} {
		t.Run("a secret that "+bad.says+" fails fast and says so", func(t *testing.T) {
			if bad.secret != "" {
				fill(bad.secret)
			}
			e := carryOut(t, two, scheduled(fmt.Sprint("unfilled-", n), `{"target":{"instanceIds":["unfilled-0001","unfilled-0002"]}}`))
			wants(t, e, runs.OutcomeFailed, pair("unfilled", power.Unverified))
			wantCause(t, e, bad.says, "put-secret-value")
			if strings.Contains(e.Cause, stack.SimPassword) {
				t.Error("the cause shows a value of the secret")
			}
		})
	}
	// Before the good ones: a function keeps those for five minutes.
	t.Run("credentials that Zenlayer rejects fail fast and say so", func(t *testing.T) {
		fill(`{"accessKeyId":"` + stack.SimKeyID + `","accessKeyPassword":"another"}`)
		e := carryOut(t, two, scheduled("refused-credentials", `{"target":{"instanceIds":["unfilled-0001","unfilled-0002"]}}`))
		wants(t, e, runs.OutcomeFailed, pair("unfilled", power.Unverified))
		wantCause(t, e, "AUTHFAILURE_SIGNATURE_FAILURE", "check the credentials")
	})
	fill(stack.SimSecret)

	t.Run("throttled at first and down for many checks in the middle, a run still proves its stops", func(t *testing.T) {
		e := carryOut(t, two, scheduled("outage", `{"target":{"instanceIds":["outage-0001","outage-0002","outage-0003"]}}`))
		want := pair("outage", power.Stopped)
		want["outage-0003"] = power.Stopped
		wants(t, e, runs.OutcomeStopped, want)
		var state struct {
			Injected map[string]int `json:"injected"`
		}
		if err := two.Simulated(t.Context(), "/state", &state); err != nil {
			t.Fatal(err)
		}
		failed := 0
		for _, event := range history(t, two, e.Name) {
			if event.Type == types.HistoryEventTypeTaskFailed || event.Type == types.HistoryEventTypeLambdaFunctionFailed {
				failed++
			}
		}
		if failed < 4 {
			t.Errorf("%d checks failed, the outage is too short to prove anything", failed)
		}
		if state.Injected[string(sim.Throttle)] == 0 || state.Injected[string(sim.Unavailable)] == 0 {
			t.Errorf("the faults did not come: %v", state.Injected)
		}
	})
}

// TestARunOutlivesAFunctionTheTopicAndZenlayer loses one after another, for good in the
// end, so it has a stack of its own.
func TestARunOutlivesAFunctionTheTopicAndZenlayer(t *testing.T) {
	t.Parallel()
	three := beside(t, "zenstop-three", "losses", nil)
	if err := three.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}

	t.Run("a crash of StopFunction after StopInstances loses nothing", func(t *testing.T) {
		detail, at := andStart(t, `{"target":{"instanceIds":["crash-0001","crash-0002"]}}`, 3*time.Minute)
		run := send(t, three, scheduled("crash", detail))
		crashWhileStopping(t, three, "crash-0001")
		e := follow(t, three, run)
		for _, in := range e.Run.Instances {
			if !in.Verdict.Good() {
				t.Errorf("%s is %s", in.ID, in.Verdict)
			}
		}
		wantStopCalls(t, three, "crash-0001", 1)
		start := followFrom(t, three, run+"-start", at) // the round that broke off may have named both
		wants(t, start, runs.OutcomeStarted, map[string]power.Verdict{"crash-0001": power.Started, "crash-0002": power.Started})
		wantStarts(t, three, at, map[string]int{"crash-0001": 1, "crash-0002": 1})
	})

	t.Run("a notification that fails does not change the outcome", func(t *testing.T) {
		topic := three.Outputs["NotificationTopicArn"]
		if _, err := sns.NewFromConfig(up.AWS).DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &topic}); err != nil {
			t.Fatal(err)
		}
		e := carryOut(t, three, scheduled("silent", `{"target":{"instanceIds":["silent-0001"]}}`))
		wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"silent-0001": power.Stopped})
	})

	t.Run("an unreachable Zenlayer ends at the deadline and says so", func(t *testing.T) {
		three.Close() // the simulator of this stack, nothing else
		e := carryOut(t, three, scheduled("down", `{"target":{"instanceIds":["down-0001","down-0002"]},"timeoutMinutes":1}`))
		wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{"down-0001": power.TimedOut, "down-0002": power.TimedOut})
		wantCause(t, e, "connection refused")
	})
}

// crashWhileStopping waits until Zenlayer has taken the stop, whose answer never
// comes, and then kills the function that waits for it.
func crashWhileStopping(t *testing.T, s *stack.Stack, id string) {
	t.Helper()
	waitUntil(t, "a StopInstances request", func() bool { return stopCalls(t, s, id) > 0 })
	n, err := up.Crash(s.Outputs["StopFunctionName"])
	if err != nil || n == 0 {
		t.Fatalf("killed %d processes of a function, error %v: the test would prove nothing", n, err)
	}
}
