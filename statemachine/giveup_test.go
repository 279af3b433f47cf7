package statemachine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
)

func TestAFinalErrorGivesUpAtOnce(t *testing.T) {
	for _, name := range []string{"Zenlayer.CredentialsRefused", "Zenlayer.Rejected", "Zenstop.Internal"} {
		w := newWorld(t)
		w.plan = fails(name, "Zenlayer refuses the access key: ünauthorized")
		end := w.run(newRun(t, "i-1", "i-2"))
		want := []string{"Start", "Decided?", "Plan", "Decided?", "GiveUp", "Report", "Kept?", "PublishMetrics", "Outcome?", "NotifyFailed", "SendFailed", "Failed"}
		if diff := cmp.Diff(want, w.states); diff != "" {
			t.Errorf("%s, states (-want +got):\n%s", name, diff)
		}
		summary := "0 of 2 instances stopped. Not stopped: i-1 UNVERIFIED, i-2 UNVERIFIED. The run could not go on: Zenlayer refuses the access key: ünauthorized"
		if end.Status != asl.Failed || end.Error != "Zenstop.StopFailed" || end.Cause != summary {
			t.Errorf("%s ends with %s %s: %s", name, end.Status, end.Error, end.Cause)
		}
		if w.event != "Instances Not Stopped" || !strings.HasPrefix(w.message, summary+"\n\ni-1    UNVERIFIED  last seen never\n") {
			t.Errorf("event %q, message:\n%s", w.event, w.message)
		}
	}
}

func TestAnErrorThatMayPassIsWaitedOutUntilTheDeadline(t *testing.T) {
	w := newWorld(t)
	var last []time.Duration // checks since the deadline
	outage := fails("Zenlayer.Unavailable", "HTTP 503")
	w.stop, w.check = outage, func(doc object) (object, *asl.Failure) {
		if late := w.now.Sub(began.Add(time.Hour)); late >= 0 {
			last = append(last, late)
		}
		return outage(doc)
	}
	w.run(with(planned(t, shutdown.Open, shutdown.Stopped), object{"stopDue": true}))
	if len(last) != 2 || last[0] > 2*time.Second || last[1] > 10*time.Second {
		t.Errorf("checks %v after the deadline, want one at the deadline and its retry", last)
	}
	summary := "1 of 2 instances stopped. Not stopped: i-0000 TIMED_OUT (last seen RUNNING). The last look could not be had: HTTP 503"
	if w.resulted["summary"] != summary {
		t.Errorf("summary: %s", w.resulted["summary"])
	}
	if w.times("Stop") != 1 {
		t.Errorf("%d stop rounds during an outage, want only the one before the checks", w.times("Stop"))
	}
}

func TestAStopRoundThatFailsAtTheDeadlineStillHasALastLook(t *testing.T) {
	w := newWorld(t)
	w.now = began.Add(time.Hour)
	w.stop = fails("Zenlayer.Throttled", "HTTP 429")
	w.check = func(doc object) (object, *asl.Failure) {
		return with(doc, object{"outcome": "STOPPED", "waitSeconds": 0.0}), nil
	}
	end := w.run(with(planned(t, shutdown.Open), object{"stopDue": true}))
	if end.Status != asl.Succeeded || w.times("CheckStatus") != 1 || w.times("GiveUp") != 0 {
		t.Errorf("%s through %v", end.Status, w.states)
	}
}

func TestNoMoreThanAThousandCallsAreMade(t *testing.T) {
	w := newWorld(t)
	w.check = func(doc object) (object, *asl.Failure) { return with(doc, object{"waitSeconds": 1.0}), nil }
	w.run(planned(t, shutdown.Open))
	if w.times("CheckStatus") != 1000 {
		t.Errorf("%d checks", w.times("CheckStatus"))
	}
	if want := "The last look could not be had: the workflow has made its 1000 calls of the functions."; !slices.Contains(notes(w.resulted), want) {
		t.Errorf("notes: %v", w.resulted["notes"])
	}
}

// TestTheOutcomeFollowsTheVerdictsWhereNoCheckEndedTheRun gives up on documents
// after the deadline, because the functions cannot be called.
func TestTheOutcomeFollowsTheVerdictsWhereNoCheckEndedTheRun(t *testing.T) {
	for about, c := range map[string]struct {
		doc     object
		outcome string
		summary string
		counts  object
	}{
		"every verdict is good": {
			planned(t, shutdown.Stopped, shutdown.Stopped, shutdown.AlreadyStopped, shutdown.Protected), "STOPPED",
			"2 of 4 instances stopped, 1 already STOPPED, 1 protected.",
			object{"STOPPED": 2.0, "ALREADY_STOPPED": 1.0, "PROTECTED": 1.0},
		},
		"one is open": {
			planned(t, shutdown.Open, shutdown.Stopped), "FAILED",
			"1 of 2 instances stopped. Not stopped: i-0000 TIMED_OUT (last seen RUNNING).",
			object{"STOPPED": 1.0, "TIMED_OUT": 1.0},
		},
		"one instance, named and never seen": {
			planned(t, shutdown.Missing, shutdown.Open), "FAILED",
			"0 of 2 instances stopped. Not stopped: i-0000 MISSING, i-0001 (web 1) TIMED_OUT.",
			object{"MISSING": 1.0, "TIMED_OUT": 1.0},
		},
		"one instance": {
			planned(t, shutdown.Recycled), "FAILED", "0 of 1 instance stopped. Not stopped: i-0000 RECYCLED.", object{"RECYCLED": 1.0},
		},
		"twelve are bad": {
			planned(t, repeat(12, shutdown.Restarted)...), "FAILED",
			"0 of 12 instances stopped. Not stopped: i-0000 RESTARTED, i-0001 (web 1) RESTARTED, i-0002 (dätabase 💡) RESTARTED, i-0003 RESTARTED, i-0004 (web 1) RESTARTED, " +
				"i-0005 (dätabase 💡) RESTARTED, i-0006 RESTARTED, i-0007 (web 1) RESTARTED, i-0008 (dätabase 💡) RESTARTED, i-0009 RESTARTED and 2 more.",
			object{"RESTARTED": 12.0},
		},
		"a filter that was never resolved": {
			with(newRun(t), object{"plan": object{"filter": object{"zoneId": "HKG-A"}}}), "FAILED", "The filter could not be resolved; nothing was stopped.", object{},
		},
	} {
		w := newWorld(t)
		w.now = began.Add(time.Hour)
		w.plan, w.check = fails("Lambda.Unknown", "x"), fails("Lambda.Unknown", "x")
		end := w.run(c.doc)
		got, _ := w.resulted["summary"].(string)
		summary, remark, _ := strings.Cut(got, " The last look could not be had: Lambda.Unknown: ")
		if w.resulted["outcome"] != c.outcome || summary != c.summary || remark == "" {
			t.Errorf("%s: %s %s", about, w.resulted["outcome"], got)
		}
		if diff := cmp.Diff(c.counts, w.resulted["counts"]); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", about, diff)
		}
		if diff := cmp.Diff([]any{0.0, false, object{}}, []any{w.resulted["waitSeconds"], w.resulted["stopDue"], w.resulted["plan"]}); diff != "" {
			t.Errorf("%s: nothing is left to do (-want +got):\n%s", about, diff)
		}
		if all := notes(w.resulted); len(all) != 1 || !strings.HasPrefix(all[0], "The last look could not be had: ") {
			t.Errorf("%s: notes %q", about, all)
		}
		if good := c.outcome == "STOPPED"; good != (end.Status == asl.Succeeded) || good != (w.event == "Instances Stopped") {
			t.Errorf("%s: the execution ends %s, the event is %s", about, end.Status, w.event)
		}
	}
}

func TestGiveUpKeepsWhatIsKnownOfAnInstanceButNotTheMemoryOfTheRules(t *testing.T) {
	for about, doc := range documents(t) {
		if doc["outcome"] != "WAITING" || doc["stopAt"] != nil {
			continue
		}
		w := newWorld(t)
		w.now = began.Add(100 * 365 * 24 * time.Hour)
		w.plan, w.stop, w.check = fails("Zenstop.Internal", "x"), fails("Zenstop.Internal", "x"), fails("Zenstop.Internal", "x")
		w.run(doc)
		for i, given := range rows(doc) {
			want := object{}
			for _, field := range []string{"id", "name", "before", "status", "stopRequests", "verdict", "seconds", "note", "keepUntil"} {
				if value, ok := given[field]; ok {
					want[field] = value
				}
			}
			if memory, _ := given["memory"].(object); want["verdict"] == "" && memory["k"] != nil {
				want["verdict"], want["keepUntil"] = "KEPT", began.Format("2006-01-02T15:04:05.000Z")
			} else if want["verdict"] == "" {
				want["verdict"] = "TIMED_OUT"
			}
			if diff := cmp.Diff(want, rows(w.resulted)[i]); diff != "" {
				t.Errorf("%s: row %d (-want +got):\n%s", about, i, diff)
			}
		}
	}
}

func TestMoreThanFourHundredInstancesThatWereNeverPlannedAreCountedOnly(t *testing.T) {
	w := newWorld(t)
	w.plan = fails("Zenlayer.Rejected", "MISSING_PARAMETER")
	w.run(newRun(t, manyIDs(1200, 20)...))
	if n := len(rows(w.resulted)); n != 400 || w.resulted["omitted"] != 800.0 {
		t.Errorf("%d instances, %v omitted", n, w.resulted["omitted"])
	}
	if diff := cmp.Diff(object{"UNVERIFIED": 1200.0}, w.resulted["counts"]); diff != "" {
		t.Error(diff)
	}
	if s := fmt.Sprint(w.resulted["summary"]); !strings.HasPrefix(s, "0 of 1200 instances stopped. Not stopped: 00000000000000000000 UNVERIFIED, ") || !strings.Contains(s, " and 1190 more. ") {
		t.Error(s)
	}
	if !strings.HasSuffix(w.message, "\n800 instances are left out of this report.") {
		t.Errorf("the message ends with %q", w.message[len(w.message)-80:])
	}
}

func rows(doc object) []object {
	list, _ := doc["instances"].([]any)
	all := make([]object, len(list))
	for i := range list {
		all[i], _ = list[i].(object)
	}
	return all
}

func notes(doc object) []string {
	list, _ := doc["notes"].([]any)
	all := make([]string, len(list))
	for i := range list {
		all[i] = fmt.Sprint(list[i])
	}
	return all
}
