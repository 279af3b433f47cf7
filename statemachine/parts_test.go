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
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// unpack plans a part as StopFunction does: its ids become instances.
func unpack(doc object) (object, *asl.Failure) {
	memory, _ := doc["memory"].(object)
	p, _ := memory["part"].(object)
	statuses, _ := p["statuses"].(object)
	var all []any
	for _, status := range []string{"", "RUNNING", "STOPPED"} {
		ids, _ := statuses[status].([]any)
		for _, id := range ids {
			all = append(all, object{"id": id, "name": "", "before": status, "status": status, "requests": 0, "verdict": "", "seconds": 0})
		}
	}
	return with(doc, object{"planned": true, "next": "wait", "instances": all, "memory": object{"maxInstances": p["maxInstances"], "room": p["room"]}}), nil
}

// decide is a check that gives every instance this verdict.
func decide(verdict power.Verdict) func(object) (object, *asl.Failure) {
	return func(doc object) (object, *asl.Failure) {
		outcome := runs.OutcomeFailed
		if verdict.Good() {
			outcome = runs.OutcomeStopped
		}
		all := rows(doc)
		for _, r := range all {
			r["verdict"] = string(verdict)
		}
		return with(ended(doc, outcome), object{"counts": object{string(verdict): len(all)}}), nil
	}
}

func TestALargeRunHasAChildExecutionForEachPartAndOneReport(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(power.Stopped)
	end := w.run(largeRun(t, 3, 9000))
	if want := []string{"request-1-part-1", "request-1-part-2", "request-1-part-3"}; !slices.Equal(w.started, want) {
		t.Errorf("child executions %v", w.started)
	}
	if end.Status != asl.Succeeded || w.resulted["summary"] != "9 of 9 instances stopped." || w.resulted["outcome"] != "STOPPED" {
		t.Errorf("%s: %v", end.Status, w.resulted["summary"])
	}
	for _, state := range []string{"NotifyStopped", "SendStopped"} {
		if w.times(state) != 1 {
			t.Errorf("%d times in %s: only the run tells", w.times(state), state)
		}
	}
	if len(rows(w.resulted)) != 9 || w.resulted["omitted"] != 0.0 {
		t.Errorf("%d instances in the report, %v omitted", len(rows(w.resulted)), w.resulted["omitted"])
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
		memory, _ := doc["memory"].(object)
		n, _ := doc["part"].(float64)
		if diff := cmp.Diff(plain(t, object{"part": part(int(n), 3, 9000)}), any(memory)); diff != "" {
			t.Errorf("memory of part %v (-want +got):\n%s", n, diff)
		}
		if diff := cmp.Diff([]any{fmt.Sprintf("request-1-part-%v", n), false, "plan", 0.0}, []any{doc["run"], doc["planned"], doc["next"], doc["nameless"]}); diff != "" {
			t.Errorf("part %v (-want +got):\n%s", n, diff)
		}
		return unpack(doc)
	}
	w.check = decide(power.Stopped)
	end := w.run(with(largeRun(t, 3, 9000), object{"nameless": 2.0}))
	if len(w.started) != 3 || w.times("Plan") != 3 {
		t.Errorf("%d parts, %d plans", len(w.started), w.times("Plan"))
	}
	if want := "9 of 9 instances stopped. Zenlayer also listed 2 instances whose instanceId cannot be read."; end.Cause != want {
		t.Errorf("what no part has is said by the run, once: %s", end.Cause)
	}
}

func TestAPartThatDiesLeavesItsInstancesUnverifiedAndTheOthersAlone(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(power.Stopped)
	w.dies = only("request-1-part-2")
	end := w.run(largeRun(t, 3, 9000))
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
	if len(rows(w.resulted)) != 9 || w.resulted["omitted"] != 0.0 {
		t.Errorf("%d instances in the report, %v omitted", len(rows(w.resulted)), w.resulted["omitted"])
	}
	for _, r := range rows(w.resulted) {
		if r["status"] != r["before"] || r["verdict"] == "" {
			t.Errorf("%v", r)
		}
	}
}

func TestAPartThatGivesUpIsReportedByTheRun(t *testing.T) {
	w := newWorld(t)
	w.plan = fails("Zenstop.Internal", "a fault")
	end := w.run(largeRun(t, 2, 9000))
	if end.Status != asl.Failed || w.times("Report") != 3 || w.times("NotifyFailed") != 1 || w.times("PartEnded") != 2 {
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

// What ten parts return comes to the run at once, and its report holds as much of it as there
// is room for. The plan is the real one: it gives each part its room.
func TestTheReportOfTenThousandBadInstancesFitsThePayloads(t *testing.T) {
	for about, c := range map[string]struct {
		dies     func(part string) bool
		timedOut int
	}{
		"each part returns":     {nil, 10_000},
		"each part dies":        {everyRun, 0},
		"every other part dies": {func(part string) bool { return (part[len(part)-1]-'0')%2 == 1 }, 5000},
	} {
		w := newWorld(t)
		n := &night{ids: manyIDs(10_000, 20)}
		w.functions.Runner.API = n.zenlayer(w.functions.Runner.Now)
		w.check = func(doc object) (object, *asl.Failure) {
			doc, _ = decide(power.TimedOut)(doc)
			for _, r := range rows(doc) {
				r["name"] = strings.Repeat("n", 64)
			}
			return doc, nil
		}
		w.dies = c.dies
		end := w.run(requested(t, runs.Request{Action: power.Stop, Name: "request-1", Timeout: time.Hour, MaxInstances: 10_000, Target: runs.Target{InstanceIDs: n.ids}}, began))
		if end.Error != "Zenstop.StopFailed" || len(w.started) != 10 {
			t.Errorf("%s: %s: %s, %d parts", about, end.Error, end.Cause, len(w.started))
		}
		var run runs.Run
		unmarshal(t, encode(t, w.resulted), &run)
		if n := len(run.Instances); n < 1000 || n+run.Omitted != 10_000 || run.Counts[power.TimedOut] != c.timedOut || run.Counts[power.Unverified] != 10_000-c.timedOut {
			t.Errorf("%s: %d instances in the report, %d omitted, counts %v", about, n, run.Omitted, run.Counts)
		}
	}
}

func TestAPartEndsWithItsDocumentGoodOrBad(t *testing.T) {
	for _, verdict := range []power.Verdict{power.Stopped, power.TimedOut} {
		w := newWorld(t)
		w.plan, w.check = unpack, decide(verdict)
		end := w.run(partRun(t, part(7, 3, 9000)))
		if end.Status != asl.Succeeded || end.State != "PartEnded" || w.event != "" || w.message != "" {
			t.Errorf("%s in %s, event %q", end.Status, end.State, w.event)
		}
		doc := decode(t, end.Output)
		if doc["run"] != "request-1-part-7" || fmt.Sprint(doc["counts"]) != fmt.Sprintf("map[%s:3]", verdict) || len(rows(doc)) != 3 || doc["omitted"] != 0.0 {
			t.Errorf("the output is of %v with %v", doc["run"], doc["counts"])
		}
	}
}

// The instances that are not good go last.
func TestWhatAPartReturnsFitsTheRoomThatThePlanGivesIt(t *testing.T) {
	const room = 12_000
	w := newWorld(t)
	w.plan, w.check = unpack, func(doc object) (object, *asl.Failure) {
		doc, failure := decide(power.Stopped)(doc)
		for i, r := range rows(doc) {
			if i%50 == 49 {
				r["verdict"] = "MISSING"
			}
		}
		return doc, failure
	}
	doc := decode(t, w.run(partRun(t, part(7, 1000, room))).Output)
	bad := 0
	for _, r := range rows(doc) {
		if r["verdict"] == "MISSING" {
			bad++
		}
	}
	n, size := len(rows(doc)), len(encode(t, doc))
	if omitted, _ := doc["omitted"].(float64); size > room || size < room*8/10 || n+int(omitted) != 1000 || bad != 20 {
		t.Errorf("%d bytes, %d instances, %d of them not good, %v omitted", size, n, bad, omitted)
	}
	if diff := cmp.Diff([]any{object{"STOPPED": 980.0, "MISSING": 20.0}, object{"room": float64(room)}}, []any{doc["counts"], doc["memory"]}); diff != "" {
		t.Errorf("counts and plan (-want +got):\n%s", diff)
	}
}

func TestTheStartOfAPartIsTriedFourTimesAndThenItsInstancesAreUnverified(t *testing.T) {
	for throttled, want := range map[int]string{3: "6 of 6 instances stopped.", 4: "3 of 6 instances stopped. Not stopped: "} {
		w := newWorld(t)
		w.plan, w.check = unpack, decide(power.Stopped)
		tried := 0
		w.fails[cloud.ResourceChild] = func() *asl.Failure {
			if tried++; tried > throttled {
				return nil
			}
			return &asl.Failure{Error: "StepFunctions.ThrottlingException", Cause: "Rate exceeded"}
		}
		w.run(largeRun(t, 2, 9000))
		if got, _ := w.resulted["summary"].(string); !strings.HasPrefix(got, want) || tried < throttled {
			t.Errorf("after %d throttled starts: %s", throttled, got)
		}
	}
}

func TestAPartThatDiedIsNotStartedAgain(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(power.Stopped)
	w.dies = only("request-1-part-1")
	w.run(largeRun(t, 2, 9000))
	if waited := w.now.Sub(began); waited > time.Minute || len(w.started) != 2 {
		t.Errorf("the run took %s and started %v", waited, w.started)
	}
}
