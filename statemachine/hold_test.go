package statemachine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// stopAt is the time that the sample warnings give: half an hour after the start.
var stopAt = began.Add(30 * time.Minute)

// warned is the document of a run after the plan that decided to warn, as the rules make it.
func warned(t testing.TB) object {
	t.Helper()
	n := &night{ids: []string{"i-0000", "i-0001"}, kept: "i-0001", until: began.Add(3 * time.Hour)}
	run := runs.New(runs.Request{Action: power.Stop, Name: "request-1", Timeout: 30 * time.Minute, Warn: 30 * time.Minute, MaxInstances: 5, Target: runs.Target{InstanceIDs: n.ids}}, began)
	now := func() time.Time { return began }
	runner := runs.Runner{API: n.zenlayer(now), Now: now, Rules: power.Rules{KeepTagKey: keepTag, ProtectTagKey: "don't & never"}}
	if err := runner.Plan(t.Context(), &run); err != nil || run.Next != runs.NextWarn || !run.StopAt.Equal(stopAt) {
		t.Fatalf("the plan does not warn: %v, %v", run.Next, err)
	}
	return decode(t, encode(t, run))
}

func TestAWarnedRunTellsHoldsAndPlansAgainAtTheTimeThatItGave(t *testing.T) {
	w := newWorld(t)
	var at time.Time
	w.plan = func(doc object) (object, *asl.Failure) {
		at = w.now
		return ended(doc, runs.OutcomeStopped), nil
	}
	w.run(warned(t))
	if want := []string{"Start", "Next?", "CountSubscribers", "Subscribed?", "Warn", "InTime?", "SendWarning", "Hold", "Plan", "Next?"}; !slices.Equal(w.states[:len(want)], want) {
		t.Errorf("states %v", w.states)
	}
	if at.Before(stopAt) || at.Sub(stopAt) > 2*time.Second {
		t.Errorf("planned again at %s, want %s", at, stopAt)
	}
	if w.events[0] != "Instances To Be Stopped" {
		t.Errorf("events %v", w.events)
	}
}

func TestTheWarningNamesEachMachineTheTimeAndHowToKeepIt(t *testing.T) {
	w, sent := newWorld(t), ""
	w.plan = func(doc object) (object, *asl.Failure) {
		sent = w.message
		return ended(doc, runs.OutcomeStopped), nil
	}
	w.run(warned(t))
	for _, part := range []string{
		"1 of 2 instances will be stopped at 2026-11-22T19:30:00Z.", "\ni-0000  machine i-0000  RUNNING\ni-0001  machine i-0001  KEPT until 2026-11-22T22:00:00Z",
		"the tag " + keepTag + " with", "the tag don't & never. Only",
	} {
		if !strings.Contains(sent, part) {
			t.Errorf("the warning does not say %q:\n%s", part, sent)
		}
	}
}

// Somebody may be at work on a machine, and nobody was told.
func TestWithoutAWarningNothingIsStoppedAndTheRunSaysSo(t *testing.T) {
	w := newWorld(t)
	w.fails[cloud.ResourcePublish] = func() *asl.Failure {
		if w.times("Report") > 0 {
			return nil
		}
		return &asl.Failure{Error: "SNS.InternalErrorException", Cause: "try again"}
	}
	end := w.run(warned(t))
	if end.Error != "Zenstop.Refused" || !strings.Contains(end.Cause, "the warning could not be sent (SNS.InternalErrorException)") || w.times("Plan") != 0 {
		t.Errorf("%s: %s, %d plans", end.Error, end.Cause, w.times("Plan"))
	}
}

// SNS takes a message for a topic to which nobody is subscribed, and an email subscription
// that nobody has confirmed gets none. Source: the AWS page of GetTopicAttributes.
func TestAWarningThatWouldReachNobodyIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		subscribed string
		counted    func() *asl.Failure
		why        string // empty: the run goes on
	}{
		"one is confirmed":           {subscribed: "1"},
		"many are confirmed":         {subscribed: "120"},
		"nobody is confirmed":        {subscribed: "0", why: "nobody is subscribed to the notification topic and confirmed"},
		"the topic says nothing":     {subscribed: "", why: "the warning could not be sent (States.QueryEvaluationError)"},
		"the topic is not there":     {counted: always("Sns.NotFoundException"), why: "the warning could not be sent (Sns.NotFoundException)"},
		"the topic may not be asked": {counted: always("Sns.AuthorizationErrorException"), why: "the warning could not be sent (Sns.AuthorizationErrorException)"},
	} {
		w := newWorld(t)
		w.subscribed, w.fails[cloud.ResourceSubscribers] = c.subscribed, c.counted
		w.plan = func(doc object) (object, *asl.Failure) { return ended(doc, runs.OutcomeStopped), nil }
		end := w.run(warned(t))
		if c.why == "" {
			if end.Status != asl.Succeeded || w.times("Warn") != 1 {
				t.Errorf("%s: %s %s, %d warnings", name, end.Error, end.Cause, w.times("Warn"))
			}
			continue
		}
		if end.Error != "Zenstop.Refused" || !strings.Contains(end.Cause, c.why) || w.times("Plan")+w.times("Warn") != 0 {
			t.Errorf("%s: %s: %s, through %v", name, end.Error, end.Cause, w.states)
		}
	}
}

// A topic that times out again and again takes the message in the end, perhaps after the
// time that it gives.
func TestAWarningThatReachesTheTopicTooLateIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration
		stops bool
	}{
		"at once":                          {0, true},
		"with half of its time left":       {14 * time.Minute, true},
		"with less than half of it":        {16 * time.Minute, false},
		"after the time that it announces": {31 * time.Minute, false},
	} {
		w, messages := newWorld(t), 0
		w.fails[cloud.ResourcePublish] = func() *asl.Failure {
			if messages++; messages == 1 {
				w.now = w.now.Add(c.takes)
			}
			return nil
		}
		w.plan = func(doc object) (object, *asl.Failure) { return ended(doc, runs.OutcomeStopped), nil }
		end := w.run(warned(t))
		if stops := end.Status == asl.Succeeded; stops != c.stops || !stops && (w.times("Plan") > 0 || !strings.Contains(end.Cause, "less than half of the announced time was left")) {
			t.Errorf("%s: %s %s, through %v", name, end.Error, end.Cause, w.states)
		}
	}
}

func TestAPlanThatFailsAfterTheHoldIsRepeatedWithoutAnotherWarning(t *testing.T) {
	w := newWorld(t)
	calls := 0
	w.plan = func(doc object) (object, *asl.Failure) {
		if calls++; calls < 4 {
			return nil, &asl.Failure{Error: "Lambda.Unknown", Cause: "{}"}
		}
		return ended(doc, runs.OutcomeStopped), nil
	}
	w.check = func(doc object) (object, *asl.Failure) { return with(doc, object{"next": "plan"}), nil }
	if end := w.run(warned(t)); end.Status != asl.Succeeded || w.times("Warn") != 1 {
		t.Errorf("%s %s, %d warnings", end.Status, end.Cause, w.times("Warn"))
	}
}

// kept is the document of a run that has ended, with an instance that is kept until then.
func kept(t testing.TB, until time.Time) object {
	t.Helper()
	doc := with(ended(planned(t, power.Stopped, power.Kept, power.Kept), runs.OutcomeStopped), object{"comeBacks": 0.0})
	rows(doc)[1]["keepUntil"] = until.Add(time.Hour).Format(time.RFC3339)
	rows(doc)[2]["keepUntil"] = until.Format(time.RFC3339)
	return doc
}

func TestARunComesBackToWhatIsKeptWhenTheFirstKeepEnds(t *testing.T) {
	until := began.Add(100 * time.Hour)
	w := newWorld(t)
	w.run(kept(t, until))
	run, err := runs.Decode(encode(t, w.back))
	if err != nil {
		t.Fatal(err)
	}
	if run.Name != w.backName || run.Name != "request-"+strings.Repeat("a", 64)+"-kept" || run.ComeBacks != 1 {
		t.Errorf("%s is the execution %s, the %d. that comes back", run.Name, w.backName, run.ComeBacks)
	}
	if run.StopAt == nil || !run.StopAt.Equal(until) || !run.Deadline.Equal(until.Add(time.Hour)) || len(run.Instances) != 2 || run.Planned || run.Next != runs.NextHold {
		t.Errorf("holds until %v, deadline %s, %d instances", run.StopAt, run.Deadline, len(run.Instances))
	}
	again := newWorld(t)
	again.now = began
	var at time.Time
	again.plan = func(doc object) (object, *asl.Failure) {
		at = again.now
		return with(ended(doc, runs.OutcomeStopped), object{"instances": []any{}}), nil
	}
	if again.run(w.back); at.Before(until) {
		t.Errorf("it plans at %s, want %s", at, until)
	}
}

// Else its deadline would be over when it starts.
func TestARunThatComesBackAfterTheKeepHasEndedHasItsWholeTime(t *testing.T) {
	w := newWorld(t)
	doc := kept(t, began.Add(time.Minute))
	w.now = began.Add(50 * time.Minute)
	w.run(doc)
	run, err := runs.Decode(encode(t, w.back))
	if err != nil {
		t.Fatal(err)
	}
	if least := began.Add(50 * time.Minute); run.StopAt == nil || run.StopAt.Before(least) || run.Deadline.Sub(*run.StopAt) != time.Hour || run.StartedAt.Before(least) {
		t.Errorf("starts %s, stops at %v, deadline %s", run.StartedAt, run.StopAt, run.Deadline)
	}
}

func TestTheNameOfTheNextRunThatComesBackCountsThem(t *testing.T) {
	for back, want := range map[float64]string{0: "r-kept", 1: "r-kept-2", 2: "r-kept-3", 10: "r-kept-11"} {
		name := map[float64]string{0: "r", 1: "r-kept", 2: "r-kept-2", 10: "r-kept-10"}[back]
		w := newWorld(t)
		w.run(with(kept(t, began.Add(time.Hour)), object{"run": name, "comeBacks": back}))
		if w.backName != want {
			t.Errorf("after %s comes %s, want %s", name, w.backName, want)
		}
	}
}

func TestARunThatIsStartedAlreadyIsNotStartedAgain(t *testing.T) {
	w := newWorld(t)
	w.fails[cloud.ResourceStart] = func() *asl.Failure { return cloud.NameTaken("x") }
	if end := w.run(kept(t, began.Add(time.Hour))); end.Status != asl.Succeeded {
		t.Errorf("%s %s", end.Status, end.Cause)
	}
}

func TestARunFailsAndSaysSoWhereNobodyWouldComeBack(t *testing.T) {
	w := newWorld(t)
	good := newWorld(t)
	good.run(kept(t, began.Add(time.Hour)))
	w.fails[cloud.ResourceStart] = always("States.Timeout")
	if end := w.run(kept(t, began.Add(time.Hour))); end.Error != "Zenstop.StopFailed" || !strings.Contains(end.Cause, "The run that comes back to the kept instances could not be started (States.Timeout).") {
		t.Errorf("%s: %s", end.Error, end.Cause)
	}
	if w.event != "Instances Not Stopped" || !strings.Contains(w.message, " could not be started (") || w.times("NobodyComesBack") != 1 {
		t.Errorf("event %s, through %v, message\n%s", w.event, w.states, w.message)
	}
	good.metrics[0] = "Runs Stack=StackName Outcome=FAILED 1 Count" // the others are those of the run, however long the start was tried
	if diff := cmp.Diff(good.metrics, w.metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestNobodyComesBackWhereNothingWasToBeStopped(t *testing.T) {
	for name, change := range map[string]object{
		"a check only":  {"checkOnly": true},
		"a dry run":     {"outcome": "PLANNED"},
		"a refused run": {"outcome": "REFUSED"},
	} {
		w := newWorld(t)
		if w.run(with(kept(t, began.Add(time.Hour)), change)); w.back != nil {
			t.Errorf("%s: a run comes back", name)
		}
	}
}

// keeps is a check that gives every instance the verdict KEPT, with this time where
// there is one.
func keeps(until string) func(object) (object, *asl.Failure) {
	return func(doc object) (object, *asl.Failure) {
		doc, failure := decide(power.Kept)(doc)
		for _, r := range rows(doc) {
			if until != "" {
				r["keepUntil"] = until
			}
		}
		return doc, failure
	}
}

// The large run itself has what all of them keep, and would come back to it once more.
func TestEachPartComesBackToWhatItKeepsAndTheLargeRunDoesNot(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, keeps(began.Add(time.Hour).Format(time.RFC3339))
	end := w.run(largeRun(t, 3, 9000))
	if want := []string{"request-1-part-1-kept", "request-1-part-2-kept", "request-1-part-3-kept"}; end.Status != asl.Succeeded || !slices.Equal(w.cameBack, want) {
		t.Errorf("%s: %v come back, want %v", end.Status, w.cameBack, want)
	}
}

func TestALargeRunFailsAndSaysSoWhereNobodyWouldComeBackToAPart(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, keeps(began.Add(time.Hour).Format(time.RFC3339))
	w.fails[cloud.ResourceStart] = always("States.Timeout")
	if end := w.run(largeRun(t, 3, 9000)); end.Error != "Zenstop.StopFailed" || !strings.Contains(end.Cause, "The run that comes back to the kept instances could not be started (States.Timeout).") {
		t.Errorf("%s: %s", end.Error, end.Cause)
	}
}

func TestALargeRunNamesThoseThatAreKeptForGood(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, keeps("")
	w.run(largeRun(t, 3, 9000))
	if summary, _ := w.resulted["summary"].(string); !strings.HasPrefix(summary, "0 of 9 instances stopped, 9 kept. No run will come back to these kept instances: "+manyIDs(3, 64)[2]) {
		t.Errorf("%s", summary)
	}
}

// SNS takes a subject of less than 100 characters. Source: the AWS page of Publish.
func TestEachSubjectHasLessThanAHundredCharacters(t *testing.T) {
	long := strings.Repeat("r", 80) // the longest name of an execution
	for _, doc := range []object{
		with(warned(t), object{"run": long}), with(ended(planned(t, power.Stopped), runs.OutcomeStopped), object{"run": long}), with(ended(planned(t, power.Missing), runs.OutcomeFailed), object{"run": long}),
	} {
		w := newWorld(t)
		w.plan = fails("Zenlayer.CredentialsRefused", "x")
		w.run(doc)
		if w.longestSubject == 0 || w.longestSubject >= 100 {
			t.Errorf("%v: a subject of %d characters", doc["outcome"], w.longestSubject)
		}
	}
}
