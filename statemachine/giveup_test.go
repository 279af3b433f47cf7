package statemachine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

func TestAFinalErrorEndsTheRunAtOnce(t *testing.T) {
	open := planned(t, power.Open, power.Open)
	for state, doc := range map[string]object{"Plan": with(open, object{"next": "plan", "planned": false}), "Stop": with(open, object{"next": "stop"}), "CheckStatus": open} {
		for _, name := range []string{"Zenlayer.CredentialsRefused", "Zenlayer.Rejected", "Zenstop.Internal"} {
			w := newWorld(t)
			refused := fails(name, "Zenlayer rejects the access key: ünauthorized")
			w.plan, w.stop, w.check = refused, refused, refused
			end := w.run(doc)
			want := []string{"Start", "Next?", state, "Report", "Further?", "PublishMetrics", "Outcome?", "NotifyFailed", "SendFailed", "Failed"}
			if got := slices.DeleteFunc(slices.Clone(w.states), func(s string) bool { return s == "Wait" }); !slices.Equal(got, want) {
				t.Errorf("%s of %s, states %v, want %v", name, state, got, want)
			}
			summary := "0 of 2 instances stopped. Not stopped: i-0000 UNVERIFIED (last seen RUNNING), i-0001 (web 1) UNVERIFIED. The run could not go on: Zenlayer rejects the access key: ünauthorized"
			if end.Status != asl.Failed || end.Error != "Zenstop.StopFailed" || end.Cause != summary {
				t.Errorf("%s of %s ends with %s %s: %s", name, state, end.Status, end.Error, end.Cause)
			}
			if w.event != "Instances Not Stopped" || !strings.HasPrefix(w.message, summary+"\n\ni-0000    UNVERIFIED  last seen RUNNING\ni-0001  web 1  UNVERIFIED  last seen never  never seen; ünstable") {
				t.Errorf("event %q, message:\n%s", w.event, w.message)
			}
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
	w.run(with(planned(t, power.Open, power.Stopped), object{"next": "stop"}))
	if len(last) != 2 || last[0] > 2*time.Second || last[1] > 10*time.Second {
		t.Errorf("checks %v after the deadline, want one at the deadline and its retry", last)
	}
	summary := "1 of 2 instances stopped. Not stopped: i-0000 TIMED_OUT (last seen RUNNING). The last look was not possible: HTTP 503"
	if w.resulted["summary"] != summary {
		t.Errorf("summary: %s", w.resulted["summary"])
	}
	if w.times("Stop") != 1 {
		t.Errorf("%d stop rounds during an outage, want only the one before the checks", w.times("Stop"))
	}
}

// An error of Plan or Stop says nothing of the looks that still may be had.
func TestACallThatFailsAtTheDeadlineIsFollowedByALastLookAtOnce(t *testing.T) {
	for _, next := range []string{"plan", "stop"} {
		w := newWorld(t)
		w.now = began.Add(time.Hour)
		w.plan, w.stop = fails("Lambda.Unknown", "x"), fails("Lambda.Unknown", "x")
		var late time.Duration
		w.check = func(doc object) (object, *asl.Failure) {
			late = w.now.Sub(began.Add(time.Hour))
			return ended(doc, runs.OutcomeStopped), nil
		}
		end := w.run(with(planned(t, power.Stopped), object{"next": next}))
		if end.Status != asl.Succeeded || w.times("CheckStatus") != 1 || late != 3*time.Second { // two calls and the wait
			t.Errorf("after %s: %s through %v, the look comes %s after the deadline", next, end.Status, w.states, late)
		}
	}
}

func TestAFailedLookIsFollowedByTheNextAfterTwentySecondsAndLaterAfterSixty(t *testing.T) {
	w := newWorld(t)
	var calls []time.Time
	w.check = func(object) (object, *asl.Failure) {
		calls = append(calls, w.now)
		return nil, &asl.Failure{Error: "Lambda.Unknown"}
	}
	w.run(with(planned(t, power.Open), object{"deadline": began.Add(3 * time.Hour).Format(time.RFC3339)}))
	for i := 1; i < len(calls)-1; i++ { // the last one is at the deadline
		want := 21 * time.Second // a call takes one
		if i >= 100 {
			want = 61 * time.Second
		}
		if got := calls[i].Sub(calls[i-1]); got != want {
			t.Errorf("look %d comes %s after the one before, want %s", i, got, want)
		}
	}
	if len(calls) < 200 {
		t.Errorf("%d looks", len(calls))
	}
}

func TestNoMoreThanAThousandCallsAreMade(t *testing.T) {
	failing := fails("Lambda.Unknown", "x")
	for about, c := range map[string]struct {
		check func(object) (object, *asl.Failure)
		says  string
	}{
		"checks that always want another one": {func(doc object) (object, *asl.Failure) { return with(doc, object{"waitSeconds": 1.0}), nil }, "the workflow has reached its limit of 1000 calls of the functions."},
		"checks that always fail":             {failing, "Lambda.Unknown: "},
	} {
		w := newWorld(t)
		w.check = c.check
		w.run(with(planned(t, power.Open), object{"deadline": began.Add(32 * time.Hour).Format(time.RFC3339)}))
		if n := w.times("CheckStatus"); n > 1000 || n < 900 {
			t.Errorf("%s: %d checks", about, n)
		}
		if all := notes(w.resulted); len(all) != 1 || !strings.HasPrefix(all[0], "The last look was not possible: "+c.says) {
			t.Errorf("%s: notes %v", about, all)
		}
	}
}

// The functions fail at once, so nothing is to be waited for, and the run says so at its end
// whenever that is.
func TestARunThatHasMadeAllItsCallsBeforeItsDeadlineIsUnverified(t *testing.T) {
	w := newWorld(t)
	w.plan = func(doc object) (object, *asl.Failure) { return doc, nil } // and again
	end := w.run(newRun(t, "i-1"))
	if w.times("Plan") != maxRounds || end.Cause != "0 of 1 instance stopped. Not stopped: i-1 UNVERIFIED. The run could not go on: the workflow has reached its limit of 1000 calls of the functions." {
		t.Errorf("%d plans: %s", w.times("Plan"), end.Cause)
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
			planned(t, power.Stopped, power.Stopped, power.AlreadyStopped, power.Protected), "STOPPED",
			"2 of 4 instances stopped, 1 already STOPPED, 1 protected.",
			object{"STOPPED": 2.0, "ALREADY_STOPPED": 1.0, "PROTECTED": 1.0},
		},
		"a check only": {
			with(planned(t, power.AlreadyStopped, power.Running), object{"checkOnly": true}), "FAILED",
			"1 of 2 instances off. Not off: i-0001 (web 1) RUNNING.",
			object{"ALREADY_STOPPED": 1.0, "RUNNING": 1.0},
		},
		"one is open": {
			planned(t, power.Open, power.Stopped), "FAILED",
			"1 of 2 instances stopped. Not stopped: i-0000 TIMED_OUT (last seen RUNNING).",
			object{"STOPPED": 1.0, "TIMED_OUT": 1.0},
		},
		"one instance, named and never seen": {
			planned(t, power.Missing, power.Open), "FAILED",
			"0 of 2 instances stopped. Not stopped: i-0000 MISSING, i-0001 (web 1) TIMED_OUT.",
			object{"MISSING": 1.0, "TIMED_OUT": 1.0},
		},
		"one instance": {
			planned(t, power.Recycled), "FAILED", "0 of 1 instance stopped. Not stopped: i-0000 RECYCLED.", object{"RECYCLED": 1.0},
		},
		"rows that name nobody": {
			with(planned(t, power.Stopped), object{"nameless": 2.0}), "FAILED",
			"1 of 1 instance stopped. Zenlayer also listed 2 instances whose instanceId cannot be read.",
			object{"STOPPED": 1.0},
		},
		"twelve are bad": {
			planned(t, repeat(12, power.Restarted)...), "FAILED",
			"0 of 12 instances stopped. Not stopped: i-0000 RESTARTED, i-0001 (web 1) RESTARTED, i-0002 (dätabase 💡) RESTARTED, i-0003 RESTARTED, i-0004 (web 1) RESTARTED, " +
				"i-0005 (dätabase 💡) RESTARTED, i-0006 RESTARTED, i-0007 (web 1) RESTARTED, i-0008 (dätabase 💡) RESTARTED, i-0009 RESTARTED and 2 more.",
			object{"RESTARTED": 12.0},
		},
		"a filter that was never resolved": {
			with(newRun(t), object{"memory": object{"filter": object{"zoneId": "HKG-A"}}}), "FAILED", "The filter could not be resolved; nothing was stopped.", object{},
		},
	} {
		w := newWorld(t)
		w.now = began.Add(time.Hour)
		w.plan, w.check = fails("Lambda.Unknown", "x"), fails("Lambda.Unknown", "x")
		end := w.run(c.doc)
		got, _ := w.resulted["summary"].(string)
		summary, remark, _ := strings.Cut(got, " The last look was not possible: Lambda.Unknown: ")
		if w.resulted["outcome"] != c.outcome || summary != c.summary || remark == "" {
			t.Errorf("%s: %s %s", about, w.resulted["outcome"], got)
		}
		if diff := cmp.Diff(c.counts, w.resulted["counts"]); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", about, diff)
		}
		if diff := cmp.Diff([]any{0.0, "report", object{}}, []any{w.resulted["waitSeconds"], w.resulted["next"], w.resulted["memory"]}); diff != "" {
			t.Errorf("%s: nothing is left to do (-want +got):\n%s", about, diff)
		}
		if all := notes(w.resulted); len(all) != 1 || !strings.HasPrefix(all[0], "The last look was not possible: ") {
			t.Errorf("%s: notes %q", about, all)
		}
		if good := c.outcome == "STOPPED"; good != (end.Status == asl.Succeeded) || good != (w.event == "Instances Stopped") {
			t.Errorf("%s: the execution ends %s, the event is %s", about, end.Status, w.event)
		}
	}
}

func TestARunThatGivesUpKeepsWhatIsKnownOfAnInstanceButNotTheMemoryOfTheRules(t *testing.T) {
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
			for _, field := range []string{"id", "name", "before", "status", "requests", "verdict", "seconds", "note", "keepUntil"} {
				if value, ok := given[field]; ok {
					want[field] = value
				}
			}
			got, memory := rows(w.resulted)[i], object{}
			if m, ok := given["memory"].(object); ok {
				memory = m
			}
			if want["verdict"] == "" && memory["k"] != nil {
				want["verdict"], want["keepUntil"], want["note"] = "KEPT", began.Format(time.RFC3339), "its keep has ended; the next run will stop it"
			} else if want["verdict"] == "" {
				want["verdict"] = "TIMED_OUT"
				if delete(want, "note"); got["note"] != nil { // how it was last seen
					want["note"] = got["note"]
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: row %d (-want +got):\n%s", about, i, diff)
			}
		}
	}
}

func TestAReportAndItsMessageHaveAsManyInstancesAsThereIsRoomFor(t *testing.T) {
	w := newWorld(t)
	w.plan = fails("Zenlayer.Rejected", "MISSING_PARAMETER")
	w.run(newRun(t, manyIDs(5000, 20)...))
	n, size := len(rows(w.resulted)), len(encode(t, w.resulted))
	if omitted, _ := w.resulted["omitted"].(float64); n+int(omitted) != 5000 || size > asl.MaxBytes || size < asl.MaxBytes*8/10 {
		t.Errorf("%d instances in %d bytes, %v omitted", n, size, omitted)
	}
	if diff := cmp.Diff(object{"UNVERIFIED": 5000.0}, w.resulted["counts"]); diff != "" {
		t.Error(diff)
	}
	if s := fmt.Sprint(w.resulted["summary"]); !strings.HasPrefix(s, "0 of 5000 instances stopped. Not stopped: 00000000000000000000 UNVERIFIED, ") || !strings.Contains(s, " and 4990 more. ") {
		t.Error(s)
	}
	_, lines, _ := strings.Cut(w.message, "\n\n")
	all := strings.Split(lines, "\n")
	if !strings.HasSuffix(lines, "\n4800 instances more: see the run document of the execution.") || len(all) != 201 {
		t.Errorf("the message has %d lines of instances and ends with %q", len(all), all[len(all)-1])
	}
}

// What is left out and is good is nothing that a reader must look for.
func TestAMessageCountsOnlyInstancesThatAreNotGood(t *testing.T) {
	w := newWorld(t)
	w.run(with(ended(planned(t, power.Missing, power.Stopped), runs.OutcomeFailed), object{
		"summary": "It is.", "omitted": 705.0, "counts": object{"STOPPED": 701.0, "MISSING": 6.0},
	}))
	if want := "It is.\n\ni-0000    MISSING  last seen RUNNING\n5 instances more: see the run document of the execution."; w.message != want {
		t.Errorf("message:\n%s", w.message)
	}
}

// An instance has a name and a note of many bytes.
func TestTheInstancesInAMessageTakeSixteenThousandBytes(t *testing.T) {
	doc := planned(t, repeat(500, power.Missing)...)
	for _, r := range rows(doc) {
		r["name"], r["note"] = strings.Repeat("é", 64), strings.Repeat("<", 20)
	}
	w := newWorld(t)
	w.run(ended(doc, runs.OutcomeFailed))
	_, lines, _ := strings.Cut(w.message, "\n\n")
	all := strings.Split(lines, "\n")
	named := all[:len(all)-1]
	if size := len(encode(t, strings.Join(named, "\n"))); size > 16_000 || size < 15_000 || all[len(all)-1] != fmt.Sprintf("%d instances more: see the run document of the execution.", 500-len(named)) {
		t.Errorf("%d instances in %d bytes, then %s", len(named), size, all[len(all)-1])
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
