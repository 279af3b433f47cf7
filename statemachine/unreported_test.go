package statemachine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/fault"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// cannotBeCalled is a StatusFunction that nobody can call any more.
var cannotBeCalled = fails("Lambda.ResourceNotFoundException", "Function not found")

const notCalled = " No function could report it (Lambda.ResourceNotFoundException)."

// asked for is how many instances there are in all.
type unreportable struct {
	doc      object
	askedFor int
	counts   object
	rows     int // instances that the report has
}

func unreportables(t *testing.T) map[string]unreportable {
	t.Helper()
	filter := with(newRun(t), object{"memory": object{"maxInstances": 5.0, "filter": object{"zoneId": "HKG-A"}}})
	named := with(warned(t), object{"instances": []any{}, "counts": object{}, "memory": object{"warned": true, "named": manyIDs(1100, 20)}})
	stopped, kept, missing := power.Stopped, power.Kept, power.Missing
	leftOut := with(ended(planned(t, missing, kept, kept), runs.OutcomeFailed), object{"omitted": 700.0, "counts": object{"STOPPED": 700.0, "KEPT": 2.0, "MISSING": 1.0}})
	return map[string]unreportable{
		"just claimed":                           {newRun(t, "i-1", "i-2"), 2, object{"UNVERIFIED": 2.0}, 2},
		"just claimed, one instance":             {newRun(t, "i-1"), 1, object{"UNVERIFIED": 1.0}, 1},
		"just claimed, ids without rows":         {newRun(t, manyIDs(1200, 20)...), 1200, object{"UNVERIFIED": 1200.0}, 0},
		"just claimed, a filter":                 {filter, 0, object{}, 0},
		"some open":                              {planned(t, power.Open, stopped, power.Open, stopped, kept), 5, object{"STOPPED": 2.0, "KEPT": 1.0, "UNVERIFIED": 2.0}, 5},
		"a warning that names ids without rows":  {named, 1100, object{"UNVERIFIED": 1100.0}, 0},
		"a warned run":                           {warned(t), 2, object{"KEPT": 1.0, "UNVERIFIED": 1.0}, 2},
		"ended as STOPPED":                       {ended(planned(t, stopped, stopped, kept), runs.OutcomeStopped), 3, object{"STOPPED": 2.0, "KEPT": 1.0}, 3},
		"ended as REFUSED":                       {ended(planned(t, power.Open, power.Open, power.AlreadyStopped), runs.OutcomeRefused), 3, object{"ALREADY_STOPPED": 1.0, "UNVERIFIED": 2.0}, 3},
		"ended as PLANNED":                       {ended(planned(t, power.Open, power.Open), runs.OutcomePlanned), 2, object{"UNVERIFIED": 2.0}, 2},
		"ended as SKIPPED":                       {ended(newRun(t), runs.OutcomeSkipped), 0, object{}, 0},
		"ended as FAILED, instances left out":    {leftOut, 703, object{"STOPPED": 700.0, "KEPT": 2.0, "MISSING": 1.0}, 3},
		"refused, open instances left out":       {with(ended(planned(t, repeat(4, power.Open)...), runs.OutcomeRefused), object{"omitted": 9000.0}), 9004, object{"UNVERIFIED": 9004.0}, 4},
		"a large run that makes no more calls":   {with(largeRun(t, 2, 9000), object{"next": "report"}), 6, object{"UNVERIFIED": 6.0}, 0},
		"a thousand open instances, as they are": {planned(t, repeat(1000, power.Open)...), 1000, object{"UNVERIFIED": 1000.0}, 1000},
	}
}

func TestARunThatNoFunctionCanReportFailsAndSaysSo(t *testing.T) {
	for about, c := range unreportables(t) {
		w := newWorld(t)
		w.plan, w.stop, w.check, w.unreportable = cannotBeCalled, cannotBeCalled, cannotBeCalled, everyRun
		end := w.run(c.doc)
		run := w.wantUnreported(about, end)
		if diff := cmp.Diff(c.counts, w.resulted["counts"]); diff != "" || len(run.Instances) != c.rows || c.rows+run.Omitted != c.askedFor {
			t.Errorf("%s: %d instances and %d left out of %d, counts (-want +got):\n%s", about, len(run.Instances), run.Omitted, c.askedFor, diff)
		}
		for _, r := range rows(c.doc) {
			in := run.Instances[slices.IndexFunc(run.Instances, func(in power.Instance) bool { return in.ID == r["id"] })]
			if verdict := string(in.Verdict); verdict != r["verdict"] && (r["verdict"] != "" || verdict != "UNVERIFIED") || in.Name != r["name"] || in.Status != r["status"] {
				t.Errorf("%s: of %v comes %v", about, r, in)
			}
		}
	}
}

// wantUnreported checks what holds for every run that no function could report, and returns
// its document.
func (w *world) wantUnreported(about string, end asl.End) runs.Run {
	w.t.Helper()
	if end.State != "Failed" || end.Error != "Zenstop.StopFailed" || !strings.HasSuffix(end.Cause, notCalled) {
		w.t.Errorf("%s: %s in %s: %s: %s", about, end.Status, end.State, end.Error, end.Cause)
	}
	run, err := runs.Decode(end.Input)
	if err != nil {
		w.t.Fatalf("%s: %v", about, err)
	}
	if counts, _ := w.resulted["counts"].(object); counts["UNVERIFIED"] == 0.0 {
		delete(counts, "UNVERIFIED")
	}
	if run.Outcome != runs.OutcomeFailed || run.Next != runs.NextReport || run.WaitSeconds != 0 || run.Summary != end.Cause {
		w.t.Errorf("%s: %s: %s", about, run.Outcome, run.Summary)
	}
	if diff := cmp.Diff(object{}, w.resulted["memory"]); diff != "" {
		w.t.Errorf("%s: the plan (-want +got):\n%s", about, diff)
	}
	if w.event != "Instances Not Stopped" || w.tagged != "FAILED" || !strings.HasPrefix(w.message, "No function could be called to report this run.") {
		w.t.Errorf("%s: event %q, tag %q, message %q", about, w.event, w.tagged, w.message)
	}
	if !slices.Equal(w.metrics, []string{"Runs Stack=StackName Outcome=FAILED 1 Count"}) {
		w.t.Errorf("%s: metrics %q", about, w.metrics)
	}
	for _, in := range run.Instances {
		if in.Verdict == power.Open {
			w.t.Errorf("%s: %s is open", about, in.ID)
		}
	}
	return run
}

// The last calls of some functions work, and that of the report does not.
func TestWhatEndedWellFailsWhereNobodyIsToldOfIt(t *testing.T) {
	w := newWorld(t)
	w.check, w.unreportable = decide(power.Stopped), everyRun
	end := w.run(planned(t, power.Open, power.Open))
	w.wantUnreported("all stopped", end)
	if diff := cmp.Diff(object{"STOPPED": 2.0}, w.resulted["counts"]); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestALargeRunThatNoFunctionCanReportCountsWhatItsPartsCameTo(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, decide(power.Stopped)
	w.dies = only("request-1-part-2")
	w.unreportable = only("request-1")
	end := w.run(largeRun(t, 3, 9000))
	w.metrics = slices.DeleteFunc(w.metrics, func(line string) bool { return !strings.HasPrefix(line, "Runs ") }) // without those of the parts
	run := w.wantUnreported("a large run", end)
	if diff := cmp.Diff(object{"STOPPED": 6.0, "UNVERIFIED": 3.0}, w.resulted["counts"]); diff != "" || len(run.Instances)+run.Omitted != 9 {
		t.Errorf("%d instances and %d left out, counts (-want +got):\n%s", len(run.Instances), run.Omitted, diff)
	}
}

// The documents of several such parts could be too large for one state, so their executions
// fail, and their large run reports them as parts that died.
func TestALargeRunFailsAndSaysSoWhereNoFunctionCouldReportAPart(t *testing.T) {
	for _, verdict := range []power.Verdict{power.Kept, power.TimedOut} {
		w := newWorld(t)
		w.plan, w.check = unpack, keeps(began.Add(time.Hour).Format(time.RFC3339))
		if verdict != power.Kept {
			w.check = decide(verdict)
		}
		w.unreportable = only("request-1-part-2")
		end := w.run(largeRun(t, 2, 9000))
		if end.Error != "Zenstop.StopFailed" || !strings.HasSuffix(end.Cause, " The execution request-1-part-2 ended without a report.") || w.times("Unreported") != 1 {
			t.Errorf("%s: %s: %s", verdict, end.Error, end.Cause)
		}
		if diff := cmp.Diff(object{string(verdict): 3.0, "UNVERIFIED": 3.0}, w.resulted["counts"]); diff != "" || len(rows(w.resulted)) != 6 {
			t.Errorf("%s: %d instances, counts (-want +got):\n%s", verdict, len(rows(w.resulted)), diff)
		}
	}
}

// The part has nothing yet but its ids.
func TestAPartThatNoFunctionCanPlanOrReportFailsAndTellsNobody(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check, w.unreportable = cannotBeCalled, cannotBeCalled, everyRun
	end := w.run(partRun(t, part(2, 5, 9000)))
	if end.Status != asl.Failed || end.Error != "Zenstop.StopFailed" || w.resulted["omitted"] != 5.0 || w.message != "" {
		t.Errorf("%s in %s: %v left out, message %q", end.Status, end.State, w.resulted["omitted"], w.message)
	}
	if n := w.countsOf("Runs")["Outcome=FAILED"]; n != 0 {
		t.Errorf("it counts as %d runs", n)
	}
}

// The run had been reported, and what it came to stands, but that nobody comes back.
func TestARunFailsAndSaysSoWhereNobodyComesBackAndNoFunctionCanSaySo(t *testing.T) {
	w := newWorld(t)
	w.fails[cloud.ResourceStart] = func() *asl.Failure {
		w.unreportable = everyRun
		return &asl.Failure{Error: "States.Timeout", Cause: "x"}
	}
	end := w.run(kept(t, began.Add(time.Hour)))
	run := w.wantUnreported("nobody comes back", end)
	if diff := cmp.Diff(object{"STOPPED": 1.0, "KEPT": 2.0}, w.resulted["counts"]); diff != "" || len(run.Instances) != 3 {
		t.Errorf("%d instances, counts (-want +got):\n%s", len(run.Instances), diff)
	}
}

// The quota of Step Functions holds for this report too: what it says of an instance takes
// no more than what it drops.
func TestTheLargestDocumentThatNoFunctionCanReportFitsAPayload(t *testing.T) {
	w := newWorld(t)
	w.check, w.unreportable = fails("Zenstop.Internal", "x"), everyRun
	w.wantUnreported("the largest", w.run(largest(t)))
}

// A finding of the campaign: the rows of a dry run are open, and there may be thousands.
func TestALargeDryRunThatNoFunctionCanReportFitsAPayloadAndCountsAll(t *testing.T) {
	const all = 2400
	w := newWorld(t)
	w.unreportable = everyRun
	doc := with(planned(t, repeat(all, power.Open)...), object{"outcome": "PLANNED", "next": "report", "dryRun": true})
	for _, r := range rows(doc) {
		delete(r, "name")
		delete(r, "memory")
	}
	if n := len(encode(t, doc)); n > asl.MaxBytes || n+all*22 <= asl.MaxBytes {
		t.Fatalf("the document takes %d bytes: the test proves nothing", n)
	}
	run := w.wantUnreported("a dry run", w.run(doc))
	if len(run.Instances) != 0 || run.Omitted != all || run.Counts[power.Unverified] != all {
		t.Errorf("%d instances, %d left out, counts %v", len(run.Instances), run.Omitted, run.Counts)
	}
}

// So does what it is given where a call failed with the longest message that a function may
// give: each sign of it may take seven bytes in the cause.
func TestTheLargestDocumentAndTheLongestErrorFitTheCallThatReports(t *testing.T) {
	w := newWorld(t)
	w.check = func(object) (object, *asl.Failure) {
		_, err := fault.Handler(func(context.Context, int) (int, error) { return 0, errors.New(strings.Repeat("<", 5000)) })(t.Context(), 0)
		return nil, cloud.Failed(err)
	}
	if end := w.run(largest(t)); end.Error != "Zenstop.StopFailed" {
		t.Errorf("%s: %.300s", end.Error, end.Cause)
	}
}

// largest is a document of as many bytes as the rules allow.
func largest(t *testing.T) object {
	t.Helper()
	doc := planned(t, repeat(1000, power.Open)...)
	for _, r := range rows(doc) {
		r["memory"] = object{"s": "u"} // the shortest that an instance has which was seen up
	}
	room := 258_000 - len(encode(t, doc))
	for _, r := range rows(doc) {
		r["name"] = fmt.Sprint(r["name"]) + strings.Repeat("x", room/1000)
	}
	rows(doc)[0]["name"] = strings.Repeat("x", room%1000)
	return doc
}
