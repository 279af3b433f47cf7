package statemachine

import (
	"fmt"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

// attempt is the time of one call of Zenlayer, zenlayer.Config.Timeout; the
// campaign sees it at work.
const attempt = 8 * time.Second

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// longestRun is the most that the template allows from a run's start to its deadline.
func longestRun(t *testing.T) time.Duration {
	t.Helper()
	low, high := 0, 0
	if _, err := fmt.Sscanf(loadTemplate(t).Parameters["StopTimeoutMinutes"].ConstraintDescription, "a whole number from %d to %d", &low, &high); err != nil || high < 60 {
		t.Fatalf("a run lasts up to %d minutes, %v", high, err)
	}
	return time.Duration(high) * time.Minute
}

// worst is the longest that a Task takes with all its retries.
func worst(s *asl.State, task time.Duration) time.Duration {
	all := task
	for _, r := range s.Retry {
		for n := range r.Repetitions() {
			all += task + r.Delay(n)
		}
	}
	return all
}

func TestTheTimeoutsOfFunctionAndTaskNest(t *testing.T) {
	tpl, m := loadTemplate(t), load(t)
	function := seconds(tpl.Globals.Function.Timeout)
	if function <= 2*attempt {
		t.Errorf("a function has %s, which does not hold an attempt of %s and what follows it", function, attempt)
	}
	for _, name := range []string{"StopFunction", "StatusFunction"} {
		if own := tpl.Resources[name].Properties.Timeout; own != 0 {
			t.Errorf("%s has a Timeout of its own: %d", name, own)
		}
	}
	for _, f := range m.Flows() {
		for name, s := range f.States {
			switch task := seconds(s.TimeoutSeconds); {
			case s.Type == "Task" && task == 0:
				t.Errorf("%s has no TimeoutSeconds", name)
			case s.InvokesFunction() && task <= function:
				t.Errorf("%s has %s, the function %s", name, task, function)
			}
		}
	}
}

// The last call may begin at the deadline. A part may begin there too, and has
// the deadline of its run.
func TestTheTimeoutsOfPartAndWorkflowNest(t *testing.T) {
	m := load(t)
	call := worst(m.States["CheckStatus"], seconds(m.States["CheckStatus"].TimeoutSeconds))
	part, workflow := seconds(m.States["Parts"].ItemProcessor.States["Part"].TimeoutSeconds), seconds(m.TimeoutSeconds)
	var reported, notified time.Duration
	for _, name := range []string{"Report", "ComeBack", "NobodyComesBack", "PublishMetrics"} {
		reported += worst(m.States[name], seconds(m.States[name].TimeoutSeconds))
	}
	if run := longestRun(t) + 2*call + reported; part <= run {
		t.Errorf("a part has %s, it may take %s", part, run)
	}
	notified = reported
	for _, name := range []string{"NotifyFailed", "SendFailed"} {
		notified += worst(m.States[name], seconds(m.States[name].TimeoutSeconds))
	}
	if workflow <= longestRun(t)+3*call+notified {
		t.Errorf("the workflow has %s, a run may take %s", workflow, longestRun(t)+3*call+notified)
	}
	// A part that hangs must still be reported: its timeout leaves time for that.
	if workflow <= part+notified {
		t.Errorf("the workflow has %s, a part that hangs and its report take %s", workflow, part+notified)
	}
}

// After the deadline a run has one wait, 60 seconds, to come to its outcome:
// what began before it may work for LastLook of package runs, and so may its retry.
func TestTheLastCallEndsWithinOneWaitOfTheDeadline(t *testing.T) {
	for name, s := range load(t).States {
		if asksZenlayer(name, s) && worst(s, runs.LastLook) > time.Minute {
			t.Errorf("%s may end %s after the deadline", name, worst(s, runs.LastLook))
		}
	}
}

// TestTheCallsLastForTheLongestRun lets each call fail, or ask for the next one at once,
// in every combination, from the start to the deadline.
func TestTheCallsLastForTheLongestRun(t *testing.T) {
	deadline := began.Add(longestRun(t))
	failing := fails("Lambda.Unknown", "x")
	for _, next := range []string{"plan", "stop"} {
		again := func(doc object) (object, *asl.Failure) {
			return with(doc, object{"next": next, "waitSeconds": 1.0}), nil
		}
		for _, stop := range []func(object) (object, *asl.Failure){failing, again} {
			for _, check := range []func(object) (object, *asl.Failure){failing, again} {
				w := newWorld(t)
				w.plan, w.stop, w.check = failing, stop, func(doc object) (object, *asl.Failure) {
					if !w.now.Before(deadline) {
						return ended(doc, runs.OutcomeFailed), nil
					}
					return check(doc)
				}
				w.run(with(newRun(t, "i-1"), object{"next": next, "deadline": deadline.Format(time.RFC3339)}))
				if calls := w.times("Plan") + w.times("Stop") + w.times("CheckStatus"); w.now.Before(deadline) || calls >= maxRounds {
					t.Errorf("%s: the calls are used up %s before the deadline: %d", next, deadline.Sub(w.now), calls)
				}
			}
		}
	}
}

// TestTheLongestRunFitsTheHistory repeats every call once, and asks for a stop in
// every round.
func TestTheLongestRunFitsTheHistory(t *testing.T) {
	w := newWorld(t)
	calls := 0
	unsteady := func(doc object) (object, *asl.Failure) {
		if calls++; calls%2 == 1 {
			return nil, &asl.Failure{Error: "Zenlayer.Unavailable", Cause: `{"errorMessage":"HTTP 503"}`}
		}
		return with(doc, object{"next": "stop", "waitSeconds": 1.0}), nil
	}
	w.stop, w.check = unsteady, unsteady
	end := w.run(with(planned(t, power.Open), object{"next": "stop", "deadline": began.Add(longestRun(t)).Format(time.RFC3339)}))
	if end.State != "Failed" || w.times("Stop")+w.times("CheckStatus") < maxRounds*9/10 {
		t.Fatalf("%s in %s: %s", end.Error, end.State, end.Cause)
	}
	if end.Events > asl.MaxEvents*3/4 {
		t.Errorf("%d events of history, at most %d", end.Events, asl.MaxEvents)
	}
}
