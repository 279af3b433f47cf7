package runs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// reporter makes the report of an ending, at a time.
func reporter(now time.Time) func(Ending) Report {
	return Runner{Now: func() time.Time { return now }, Stack: "night"}.Report
}

// fits checks that a report fits a payload, and that every instance is counted.
func fits(t *testing.T, name string, rep Report, all int) {
	t.Helper()
	if bytes := size(rep); bytes+resultOfAFunction > statePayload {
		t.Errorf("%s: the report has %d bytes, a state takes %d", name, bytes, statePayload)
	}
	counted := 0
	for _, n := range rep.Run.Counts {
		counted += n
	}
	if rows := len(rep.Run.Instances) + rep.Run.Omitted; counted != all || rows != all {
		t.Errorf("%s: %d counted, %d rows and omitted, want %d", name, counted, rows, all)
	}
	if lines := strings.Count(rep.Notice.Message, "\n"); lines > maxLines+3 || text.Bytes(rep.Notice.Message) > maxMessage+maxSummaryBytes+500 {
		t.Errorf("%s: a message of %d lines and %d bytes", name, lines, text.Bytes(rep.Notice.Message))
	}
}

// largestRun is a run that has ended with so many instances of this verdict, each as large
// as it can be.
func largestRun(ids []string, verdict func(i int) power.Verdict) Run {
	run := largestBase()
	run.Part, run.Omitted, run.Nameless, run.Planned = 0, 0, 0, true
	run.StopAt, run.StartedAt, run.Deadline = nil, at(0), at(3600)
	for range mostNotes {
		run.Remarks = append(run.Remarks, Note(awkward(300)))
	}
	for i, id := range ids {
		in := largestInstances()["kept"]
		in.ID, in.Name = id, text.Brief(awkward(power.MaxName), power.MaxName, power.MaxNameBytes)
		in.SetNote(awkward(power.MaxNote))
		if in.Verdict = verdict(i); in.Verdict != power.Kept {
			in.KeepUntil, in.Keeps = nil, 0
		}
		run.Instances = append(run.Instances, in)
	}
	return run
}

// The rows of bad instances stay in the report, and the kept ones are handed over, before
// anything else has room.
func TestTheLargestReportsFitAPayloadWithEveryBadInstanceAndWithEveryKeptOneHandedOver(t *testing.T) {
	for _, length := range []int{5, 20, 64} {
		n := MaxInstancesPerRun
		for !fitsOneExecution(sized(n, length)) {
			n--
		}
		for name, verdict := range map[string]func(int) power.Verdict{
			"all bad":      func(int) power.Verdict { return power.TimedOut },
			"all kept":     func(int) power.Verdict { return power.Kept },
			"kept and bad": func(i int) power.Verdict { return []power.Verdict{power.Kept, power.Unverified}[i%2] },
			"a few are good": func(i int) power.Verdict {
				return []power.Verdict{power.Kept, power.TimedOut, power.Stopped, power.AlreadyStopped}[i%4]
			},
		} {
			name := fmt.Sprintf("%s, %d ids of %d characters", name, n, length)
			run := largestRun(sized(n, length), verdict)
			later := run.StartAt.Add(time.Hour)
			run.StartAt = &later // the keeps end before it
			for i := range run.Instances {
				run.Instances[i].Memory.AskedAt, run.Instances[i].Memory.Perhaps = 0, false // nothing is started again
			}
			run.leave(ends(), at(3600))
			rep := reporter(at(3600))(Ending{Run: run})
			fits(t, name, rep, n)
			bad, kept := 0, 0
			for i := range n {
				switch v := verdict(i); {
				case !v.Good():
					bad++
				case v == power.Kept:
					kept++
				}
			}
			if shown := len(rep.Run.instances(func(in *power.Instance) bool { return !in.Verdict.Good() })); shown != bad {
				t.Errorf("%s: %d of %d bad ones in the report", name, shown, bad)
			}
			if back := rep.back(); kept > 0 && (back == nil || len(back.Instances) != kept) {
				t.Errorf("%s: not all of %d are handed over", name, kept)
			}
		}
	}
}

func TestALargeRunThatGivesUpCountsAllAndFitsAPayload(t *testing.T) {
	ids := sized(10_000, 20)
	for name, change := range map[string]func(*Run){
		"before its plan": func(r *Run) { r.Memory.InstanceIDs = ids },
		"after its plan":  func(r *Run) { r.Instances = rows(ids, "RUNNING", at(0)); r.split() },
		"warned":          func(r *Run) { r.Memory.Warned, r.Memory.Named = true, ids },
	} {
		run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 10_000, Timeout: time.Hour}, at(0))
		change(&run)
		rep := reporter(at(60))(Ending{Run: run, Failure: Failure{"Zenlayer.CredentialsRefused", `{"errorMessage":"the key is unknown"}`}})
		fits(t, name, rep, 10_000)
		if rep.Run.Counts[power.Unverified] != 10_000 || !strings.HasSuffix(rep.Run.Summary, "The run could not go on: the key is unknown") {
			t.Errorf("%s: %v, %s", name, rep.Run.Counts, rep.Run.Summary)
		}
	}
}

// What the parts return comes to one state, with what is left of a part that died.
func TestWhatThePartsReturnFitsAPayloadWhicheverOfThemDie(t *testing.T) {
	for _, length := range []int{20, 64} {
		n := 10_000
		for CheckRoom(sized(n, length)) != nil {
			n -= 100
		}
		why := Trigger{Kind: KindRequest, ID: strings.Repeat("a", 36), Name: "zenstop", Time: "2026-11-22T19:00:00Z", Reason: strings.Repeat("🙂", 256)}
		run := New(Request{Action: power.Stop, Name: strings.Repeat("r", 72), Trigger: why, MaxInstances: n, Timeout: time.Hour}, at(0))
		run.Instances = rows(sized(n, length), "RUNNING", at(0))
		morning := at(36_000)
		run.StartAt, run.Memory.Morning = &morning, &Morning{Clock: "07:00", Days: "MON,TUE,WED,THU,FRI,SAT,SUN", Stack: true, After: &morning}
		run.split()
		parts := run.Memory.Parts
		run.Memory, run.Next = Memory{}, NextParts
		for name, dies := range map[string]func(i int) bool{
			"none":   func(int) bool { return false },
			"all":    func(int) bool { return true },
			"a half": func(i int) bool { return i%2 == 0 },
		} {
			name := fmt.Sprintf("%s of %d parts die", name, len(parts))
			e := Ending{Run: run}
			for i := range parts {
				if dies(i) {
					e.Parts = append(e.Parts, PartEnd{Lost: &parts[i], Error: "States.TaskFailed"})
					continue
				}
				part := largestRun(parts[i].ids(), func(int) power.Verdict { return power.TimedOut })
				part.Part, part.Memory, part.StartsAgain = i+1, Memory{Room: parts[i].Room}, 0
				part.settle(ends(), at(3600))
				of := reporter(at(3600))(Ending{Run: part})
				if bytes := size(&of.Run); bytes > parts[i].Room {
					t.Errorf("%s: part %d returns %d bytes, its room is %d", name, i+1, bytes, parts[i].Room)
				}
				fits(t, name, of, len(parts[i].ids()))
				e.Parts = append(e.Parts, PartEnd{Run: &of.Run})
			}
			if bytes := size(e); bytes > statePayload {
				t.Errorf("%s: the call that reports gets %d bytes", name, bytes)
			}
			rep := reporter(at(3600))(e)
			fits(t, name, rep, n)
			restored, own := 0, 0
			for i := range e.Parts {
				if r := e.Parts[i].Run; r != nil {
					own += r.StartsAgain
				}
			}
			for _, f := range rep.Further {
				restored += len(f.Memory.InstanceIDs)
			}
			if lost := rep.Run.Counts[power.Unverified]; restored != lost || rep.Run.StartsAgain != lost+own {
				t.Errorf("%s: %d of %d are handed over to be started again, and %d are told of", name, restored, lost, rep.Run.StartsAgain)
			}
			if rep.Run.Outcome != OutcomeFailed || rep.Run.Counts[power.TimedOut]+rep.Run.Counts[power.Unverified] != n {
				t.Errorf("%s: %s, %v", name, rep.Run.Outcome, rep.Run.Counts)
			}
		}
	}
}

// A finding of a review: the part with the one instance that is left over had no room to name it.
func TestASmallPartBesideLargeOnesNamesItsInstances(t *testing.T) {
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 9001, Timeout: time.Hour}, at(0))
	run.Instances = rows(sized(9001, 20), "RUNNING", at(0))
	run.split()
	parts := run.Memory.Parts
	last := parts[len(parts)-1]
	if len(last.ids()) != 1 {
		t.Fatalf("the last part has %d instances: the test proves nothing", len(last.ids()))
	}
	part := largestRun(last.ids(), func(int) power.Verdict { return power.TimedOut })
	part.Part, part.Memory = len(parts), Memory{Room: last.Room}
	part.Notes, part.Remarks = part.Notes[:min(4, len(part.Notes))], part.Remarks[:4]
	part.settle(ends(), at(3600))
	if rep := reporter(at(3600))(Ending{Run: part}); len(rep.Run.Instances) != 1 {
		t.Errorf("it has room for %d bytes, and leaves its instance out", last.Room)
	}
}

func TestARunThatGivesUpSaysWhy(t *testing.T) {
	for want, f := range map[string]Failure{
		"the workflow has reached its limit of 1000 calls of the functions.": {},
		"HTTP 503":                        {"Zenlayer.Unavailable", `{"errorMessage":"HTTP 503","errorType":"Zenlayer.Unavailable"}`},
		"Lambda.Unknown: cut off":         {"Lambda.Unknown", "cut off"},
		"States.Timeout: ":                {"States.Timeout", ""},
		"Zenlayer.Unavailable: no object": {"Zenlayer.Unavailable", "no object"},
	} {
		if got := f.reason(); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
	long := Failure{"Zenstop.Internal", `{"errorMessage":"` + strings.Repeat("ä💡", 400) + `"}`}.reason()
	if n := len([]rune(long)); n > maxReason {
		t.Errorf("%d characters", n)
	}
}

// Before its warning the run has seen tags that may be gone; see forget.
// A finding of a review: with its credentials refused the run was a success.
func TestARunThatGivesUpBeforeItsDeadlineFailsAlsoWhereAKeepHadEnded(t *testing.T) {
	run := of(power.Stopped, power.Open)
	run.StartedAt, run.Deadline = at(0), at(3600)
	run.Instances[1].Status, run.Instances[1].Requests, run.Instances[1].Memory = "STOPPING", 1, power.Memory{KeepEnded: at(60).Unix(), AskedAt: at(70).Unix()}
	rep := reporter(at(90))(Ending{Run: *run, Failure: Failure{Error: "Zenlayer.CredentialsRefused", Cause: `{"errorMessage":"HTTP 401"}`}})
	if rep.Run.Outcome != OutcomeFailed || rep.Run.Instances[1].Verdict != power.Unverified || rep.back() != nil || rep.Notice.Error != "Zenstop.StopFailed" {
		t.Errorf("%s, %+v", rep.Run.Summary, rep.Run.Instances[1])
	}
}

func TestAWarnedRunThatGivesUpSaysNothingOfWhatThePlanBeforeTheWarningSaw(t *testing.T) {
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour, Target: Target{InstanceIDs: []string{"a"}}}, at(0))
	run.Memory.Warned, run.Next = true, NextHold
	run.Instances[0].Close(power.Protected, "carries the tag zenstop-protect")
	rep := reporter(at(60))(Ending{Run: run, Failure: Failure{Error: "Zenstop.Internal", Cause: `{"errorMessage":"x"}`}})
	if in := rep.Run.Instances[0]; in.Verdict != power.Unverified || in.Note != "" {
		t.Errorf("%+v", in)
	}
}

func TestWhereNobodyComesBackTheRunFailsAndItsMetricsSaySo(t *testing.T) {
	until := at(7200)
	run := of(power.Stopped, power.Kept)
	run.StartedAt, run.Deadline = at(0), at(3600)
	run.Instances[1].KeepUntil = &until
	run.leave(ends(), at(60))
	first := reporter(at(60))(Ending{Run: *run})
	if first.back() == nil || first.Run.Outcome != OutcomeStopped || len(first.Run.Instances) != 2 {
		t.Fatalf("%+v", first)
	}
	rep := reporter(at(90))(Ending{Run: first.Run, Failure: Failure{Error: "States.Timeout"}, Notice: first.Notice})
	const why = "The run that comes back to the kept instances could not be started (States.Timeout)."
	if rep.back() != nil || rep.Run.Outcome != OutcomeFailed || !strings.HasSuffix(rep.Run.Summary, " "+why) || !slices.Contains(rep.Run.Notes, why) || rep.Notice.Error != "Zenstop.StopFailed" {
		t.Errorf("%+v", rep)
	}
	if len(rep.Notice.Metrics) != len(first.Notice.Metrics) || rep.Notice.Metrics[0].Dimensions[1].Value != "FAILED" || first.Notice.Metrics[0].Dimensions[1].Value != "STOPPED" {
		t.Errorf("%+v, before %+v", rep.Notice.Metrics, first.Notice.Metrics)
	}
}

// A finding of the campaign: the first report had dropped the room of the part, so the
// second one left every instance out.
func TestAPartToWhichNobodyComesBackStillReportsItsInstances(t *testing.T) {
	until := at(7200)
	run := of(power.Stopped, power.Kept, power.Missing)
	run.Part, run.Memory.Room = 1, 5000
	run.StartedAt, run.Deadline = at(0), at(3600)
	run.Instances[1].KeepUntil = &until
	run.leave(ends(), at(60))
	first := reporter(at(60))(Ending{Run: *run})
	again := reporter(at(90))(Ending{Run: first.Run, Failure: Failure{Error: "States.Timeout"}, Notice: first.Notice})
	if len(first.Run.Instances) != 3 || len(again.Run.Instances) != 3 || again.Run.Omitted != 0 {
		t.Errorf("%d instances at first, then %d and %d left out; want all 3", len(first.Run.Instances), len(again.Run.Instances), again.Run.Omitted)
	}
}

func TestASummarySaysThatNobodyComesBackHoweverLongItWas(t *testing.T) {
	until := at(7200)
	run := of(append(slices.Repeat([]power.Verdict{power.TimedOut}, 12), power.Kept)...)
	for i := range run.Instances {
		run.Instances[i].Name = strings.Repeat("n", 64)
	}
	run.Instances[12].KeepUntil = &until
	run.say("The last look was not possible: Zenlayer is down.")
	run.leave(ends(), at(60))
	first := reporter(at(60))(Ending{Run: *run})
	again := reporter(at(90))(Ending{Run: first.Run, Failure: Failure{Error: "States.Timeout"}})
	const why = " The run that comes back to the kept instances could not be started (States.Timeout). The last look was not possible: Zenlayer is down."
	if !strings.HasSuffix(again.Run.Summary, why) || strings.Count(again.Run.Summary, "Zenlayer is down") != 1 || len([]rune(again.Run.Summary)) > maxSummary {
		t.Error(again.Run.Summary)
	}
}

func TestALargeRunFailsWhereNobodyComesBackToAPart(t *testing.T) {
	until := at(7200)
	part := of(power.Kept)
	part.Instances[0].KeepUntil, part.Forsaken = &until, true
	part.leave(ends(), at(60))
	other := of(power.Stopped)
	other.leave(ends(), at(60))
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour}, at(0))
	run.Next = NextParts
	rep := reporter(at(60))(Ending{Run: run, Parts: []PartEnd{{Run: part}, {Run: other}}})
	if rep.Run.Outcome != OutcomeFailed || rep.back() != nil || rep.Run.Counts[power.Kept] != 1 || rep.Run.Counts[power.Stopped] != 1 {
		t.Errorf("%+v", rep)
	}
}

func TestAMessageSaysHowManyInstancesItDoesNotName(t *testing.T) {
	var lines []string
	for n := range 300 {
		lines = append(lines, fmt.Sprint("line ", n))
	}
	for room, want := range map[int]string{maxMessage: "100 instances more: ", 100: "288 instances more: ", 100_000: "100 instances more: "} {
		got := letter("summary", lines, 300, room)
		if last := got[strings.LastIndex(got, "\n")+1:]; !strings.HasPrefix(last, want) {
			t.Errorf("with room for %d bytes: %q", room, last)
		}
	}
	if got := letter("summary", lines[:2], 2, maxMessage); got != "summary\n\nline 0\nline 1" {
		t.Errorf("%q", got)
	}
}

func TestAWarningNamesEachOfAsManyMachinesAsARunHolds(t *testing.T) {
	for _, length := range []int{5, 20, 64} {
		n := MaxInstancesPerRun
		for !fitsOneExecution(sized(n, length)) {
			n--
		}
		run := New(Request{Action: power.Stop, Name: strings.Repeat("r", 80), MaxInstances: n, Timeout: time.Hour, Warn: time.Hour, Target: Target{InstanceIDs: sized(n, length)}}, at(0))
		target := run.Memory
		run.Planned = true
		for i := range run.Instances {
			in := &run.Instances[i]
			in.Observe(power.Sighting{Row: zenlayer.Instance{Status: "INSTALLING", Name: awkward(power.MaxName)}}, power.Rules{}, at(1))
			in.SetNote(awkward(power.MaxNote))
		}
		run.leave(run.warned(target, Runner{Now: func() time.Time { return at(1) }, Rules: power.Rules{KeepTagKey: "keep", ProtectTagKey: "protect"}}), at(1))
		if bytes := size(&run); run.Next != NextWarn || bytes > maxPayload {
			t.Fatalf("%d ids of %d characters: %s, %d bytes: %s", n, length, run.Next, bytes, run.Summary)
		}
		for _, id := range sized(n, length) {
			if !strings.Contains(run.Memory.Warning.Message, "\n"+id) {
				t.Errorf("%d ids of %d characters: %s is not named", n, length, id)
			}
		}
	}
}

// The state Warn of the definition adds the ids of a run that has no room for its instances,
// so a line for each would name it a second time.
func TestAWarningOfALargeRunHasLinesForTheKeptAloneAsTheIDsAreAddedToIt(t *testing.T) {
	all := sized(1200, 20)
	for name, target := range map[string]Target{"ids": {InstanceIDs: all}, "a filter": {Filter: &zenlayer.Filter{ZoneID: "z"}}} {
		run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 1200, Timeout: time.Hour, Warn: time.Hour, Target: target}, at(0))
		was := run.Memory
		run.Memory.Filter, run.Memory.InstanceIDs, run.Planned, run.Instances = nil, nil, true, rows(all, "RUNNING", at(0))
		run.Instances[7].Verdict, run.Instances[7].KeepUntil = power.Kept, new(at(7200).UTC())
		run.leave(run.warned(was, Runner{Now: func() time.Time { return at(1) }}), at(1))
		if n := len(run.Memory.Named) + len(run.Memory.InstanceIDs); run.Next != NextWarn || n != 1200 {
			t.Fatalf("%s: %s, %d ids to be added", name, run.Next, n)
		}
		if message := run.Memory.Warning.Message; strings.Contains(message, all[0]) || !strings.HasPrefix(message, "1199 of 1200 instances will be stopped at ") || !strings.HasSuffix(message, "\n"+all[7]+"    KEPT until "+at(7200).UTC().Format(time.RFC3339)) {
			t.Errorf("%s: the message is %.300q", name, message)
		}
	}
}
