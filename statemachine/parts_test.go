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

// unpack plans a part as StopFunction does: its ids become instances.
func unpack(doc object) (object, *asl.Failure) {
	plan, _ := doc["plan"].(object)
	p, _ := plan["part"].(object)
	statuses, _ := p["statuses"].(object)
	var all []any
	for _, status := range []string{"", "RUNNING", "STOPPED"} {
		ids, _ := statuses[status].([]any)
		for _, id := range ids {
			all = append(all, object{"id": id, "name": "", "before": status, "status": status, "stopRequests": 0, "verdict": "", "seconds": 0})
		}
	}
	return with(doc, object{"planned": true, "stopDue": false, "instances": all, "plan": object{"maxInstances": p["maxInstances"]}}), nil
}

// decide is a check that gives every instance this verdict.
func decide(verdict shutdown.Verdict) func(object) (object, *asl.Failure) {
	return func(doc object) (object, *asl.Failure) {
		outcome := "FAILED"
		if verdict.Good() {
			outcome = "STOPPED"
		}
		all := rows(doc)
		for _, r := range all {
			r["verdict"] = string(verdict)
		}
		return with(doc, object{"outcome": outcome, "waitSeconds": 0, "counts": object{string(verdict): len(all)}}), nil
	}
}

func TestALargeRunHasAChildExecutionForEachPartAndOneReport(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(shutdown.Stopped)
	end := w.run(largeRun(t, 3, 133))
	if want := []string{"request-1-part-1", "request-1-part-2", "request-1-part-3"}; !slices.Equal(w.started, want) {
		t.Errorf("child executions %v", w.started)
	}
	if end.Status != asl.Succeeded || w.resulted["summary"] != "9 of 9 instances stopped." || w.resulted["outcome"] != "STOPPED" {
		t.Errorf("%s: %v", end.Status, w.resulted["summary"])
	}
	for _, state := range []string{"Report", "NotifyStopped", "SendStopped"} {
		if w.times(state) != 1 {
			t.Errorf("%d times in %s: only the run reports", w.times(state), state)
		}
	}
	if len(rows(w.resulted)) != 0 || w.resulted["omitted"] != 9.0 {
		t.Errorf("%d instances in the report, %v omitted; good ones are left out", len(rows(w.resulted)), w.resulted["omitted"])
	}
	if diff := cmp.Diff([]string{"a note of the plan"}, notes(w.resulted)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if w.resulted["run"] != "request-1" || w.resulted["part"] != 0.0 {
		t.Errorf("the report is of %v, part %v", w.resulted["run"], w.resulted["part"])
	}
}

func TestAPartGetsItsOwnShareOfTheRun(t *testing.T) {
	w := newWorld(t)
	w.plan = func(doc object) (object, *asl.Failure) {
		plan, _ := doc["plan"].(object)
		n, _ := doc["part"].(float64)
		if diff := cmp.Diff(plain(t, object{"part": part(int(n), 3, 133)}), any(plan)); diff != "" {
			t.Errorf("plan of part %v (-want +got):\n%s", n, diff)
		}
		if doc["run"] != fmt.Sprintf("request-1-part-%v", n) || doc["planned"] != false {
			t.Errorf("part %v is %v, planned %v", n, doc["run"], doc["planned"])
		}
		return unpack(doc)
	}
	w.check = decide(shutdown.Stopped)
	w.run(largeRun(t, 3, 133))
	if len(w.started) != 3 || w.times("Plan") != 3 {
		t.Errorf("%d parts, %d plans", len(w.started), w.times("Plan"))
	}
}

func TestAPartThatDiesLeavesItsInstancesUnverifiedAndTheOthersAlone(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(shutdown.Stopped)
	w.dies = func(name string) *asl.Failure {
		if name == "request-1-part-2" {
			return &asl.Failure{Error: "States.TaskFailed", Cause: `{"Status":"ABORTED"}`}
		}
		return nil
	}
	end := w.run(largeRun(t, 3, 133))
	if diff := cmp.Diff(object{"STOPPED": 6.0, "UNVERIFIED": 3.0}, w.resulted["counts"]); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	summary, _ := w.resulted["summary"].(string)
	if end.Error != "Zenstop.StopFailed" || !strings.HasPrefix(summary, "6 of 9 instances stopped. Not stopped: "+manyIDs(3, 64)[2]+" UNVERIFIED, ") {
		t.Errorf("%s: %s", end.Error, summary)
	}
	want := "The execution request-1-part-2 ended without a report."
	if got := notes(w.resulted); !slices.Contains(got, want) || !strings.HasSuffix(summary, want) {
		t.Errorf("notes %q, summary %s", got, summary)
	}
	if len(rows(w.resulted)) != 3 || w.resulted["omitted"] != 6.0 {
		t.Errorf("%d instances in the report, %v omitted", len(rows(w.resulted)), w.resulted["omitted"])
	}
	for _, r := range rows(w.resulted) {
		if r["status"] != r["before"] || r["verdict"] != "UNVERIFIED" {
			t.Errorf("%v", r)
		}
	}
}

func TestAPartThatDiesReportsNoMoreThanItsShareOfRows(t *testing.T) {
	w := newWorld(t)
	w.dies = func(string) *asl.Failure { return &asl.Failure{Error: "States.TaskFailed"} }
	w.run(largeRun(t, 2, 2))
	if len(rows(w.resulted)) != 4 || w.resulted["omitted"] != 2.0 {
		t.Errorf("%d instances in the report, %v omitted", len(rows(w.resulted)), w.resulted["omitted"])
	}
}

func TestAPartThatGivesUpIsReportedByTheRun(t *testing.T) {
	w := newWorld(t)
	w.plan = fails("Zenstop.Internal", "a fault")
	end := w.run(largeRun(t, 2, 200))
	if end.Status != asl.Failed || w.times("GiveUp") != 2 || w.times("NotifyFailed") != 1 || w.times("PartEnded") != 2 {
		t.Errorf("%s through %v", end.Status, w.states)
	}
	if diff := cmp.Diff(object{"UNVERIFIED": 6.0}, w.resulted["counts"]); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got, want := notes(w.resulted), []string{"a note of the plan", "The run could not go on: a fault"}; !slices.Equal(got, want) {
		t.Errorf("notes %q, want each once: %q", got, want)
	}
	if !strings.HasSuffix(end.Cause, ". The run could not go on: a fault") {
		t.Errorf("the summary does not say why instances are UNVERIFIED: %s", end.Cause)
	}
}

// A part's result comes to the run together with the part's input, and the
// report holds rows of every part. The functions keep each document under 240,000
// bytes: without names and notes, or with fewer rows.
func TestTenPartsOfAThousandBadInstancesFitThePayloads(t *testing.T) {
	for about, rowsOfPart := range map[string]int{"1,000 short rows": 1000, "the longest rows, the rest left out": 390} {
		w := newWorld(t)
		w.plan, w.check = unpack, func(doc object) (object, *asl.Failure) {
			doc, _ = decide(shutdown.TimedOut)(doc)
			all := rows(doc)
			for _, r := range all {
				if rowsOfPart < 1000 {
					r["name"], r["status"], r["note"] = strings.Repeat("n", 64), strings.Repeat("S", 40), strings.Repeat("é", 100)
					r["before"], r["stopRequests"], r["seconds"] = r["status"], 3, 36000
				}
			}
			return with(doc, object{"instances": all[:rowsOfPart], "omitted": 1000 - rowsOfPart}), nil
		}
		// The plan of 10,000 such ids is larger than an event may make it, so each
		// part runs alone, and Parts merges what they returned.
		var returned []any
		for n := range 10 {
			w.started = nil
			w.run(with(largeRun(t, 0, 0), object{"plan": object{"parts": []any{part(n+1, 1000, 40)}}}))
			returned = append(returned, object{
				"instances": rows(w.resulted), "omitted": w.resulted["omitted"], "counts": w.resulted["counts"], "notes": w.resulted["notes"], "remarks": []any{},
			})
		}
		merged := w.merge(largeRun(t, 0, 0), returned)
		if size := len(encode(t, merged)); size > asl.MaxBytes-2000 {
			t.Errorf("%s: the merged document has %d bytes", about, size)
		}
		if len(rows(merged)) != 400 || merged["omitted"] != 9600.0 {
			t.Errorf("%s: %d instances in the report, %v omitted", about, len(rows(merged)), merged["omitted"])
		}
		if diff := cmp.Diff(object{"TIMED_OUT": 10000.0}, merged["counts"]); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", about, diff)
		}
	}
}

// merge works out what Parts makes of what its parts returned.
func (w *world) merge(doc object, returned []any) object {
	w.t.Helper()
	expression, _ := asl.Expression(w.machine.States["Parts"].Output.Text())
	merged, err := asl.Evaluate(expression, asl.Scope{States: object{"input": doc, "result": returned}})
	if err != nil {
		w.t.Fatal(err)
	}
	return decode(w.t, encode(w.t, merged))
}

func TestAPartEndsWithItsDocumentGoodOrBad(t *testing.T) {
	for _, verdict := range []shutdown.Verdict{shutdown.Stopped, shutdown.TimedOut} {
		w := newWorld(t)
		w.plan, w.check = unpack, decide(verdict)
		end := w.run(with(largeRun(t, 1, 3), object{"run": "request-1-part-7", "part": 7, "planned": false, "stopDue": true, "plan": object{"part": part(7, 3, 3)}}))
		if end.Status != asl.Succeeded || end.State != "PartEnded" || w.event != "" || w.message != "" {
			t.Errorf("%s in %s, event %q", end.Status, end.State, w.event)
		}
		doc := decode(t, end.Output)
		if doc["run"] != "request-1-part-7" || fmt.Sprint(doc["counts"]) != fmt.Sprintf("map[%s:3]", verdict) {
			t.Errorf("the output is of %v with %v", doc["run"], doc["counts"])
		}
		if rows, omitted := len(rows(doc)), doc["omitted"]; verdict.Good() && (rows != 0 || omitted != 3.0) || !verdict.Good() && (rows != 3 || omitted != 0.0) {
			t.Errorf("%s: %d instances, %v omitted", verdict, rows, omitted)
		}
	}
}

func TestTheStartOfAPartIsTriedFourTimesAndThenItsInstancesAreUnverified(t *testing.T) {
	for throttled, want := range map[int]string{3: "6 of 6 instances stopped.", 4: "3 of 6 instances stopped. Not stopped: "} {
		w := newWorld(t)
		w.plan, w.check, w.throttled = unpack, decide(shutdown.Stopped), throttled
		w.run(largeRun(t, 2, 4))
		if got, _ := w.resulted["summary"].(string); !strings.HasPrefix(got, want) || w.throttled != 0 {
			t.Errorf("after %d throttled starts: %s", throttled, got)
		}
	}
}

func TestAPartThatDiedIsNotStartedAgain(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(shutdown.Stopped)
	w.dies = func(name string) *asl.Failure {
		if name == "request-1-part-1" {
			return &asl.Failure{Error: "States.TaskFailed", Cause: "aborted"}
		}
		return nil
	}
	w.run(largeRun(t, 2, 4))
	if waited := w.now.Sub(began); waited > time.Minute || len(w.started) != 2 {
		t.Errorf("the run took %s and started %v", waited, w.started)
	}
}
