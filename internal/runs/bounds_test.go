package runs

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// awkward is a text of n characters of which each takes six bytes in JSON.
func awkward(n int) string { return strings.Repeat("<", n) }

// unixMax is the largest of the times that a document holds for now: until the year 2286.
const unixMax = 9_999_999_999

// largestInstances are instances with every field as long as it can be: one that is open
// after its keep has ended, one that was never kept and counts as stopped, and one that is
// kept.
func largestInstances() map[string]power.Instance {
	at := time.Date(2286, 1, 1, 0, 0, 0, 0, time.UTC)
	full := power.Instance{
		ID: strings.Repeat("i", 64), Before: strings.Repeat("S", power.MaxStatus), Status: strings.Repeat("S", power.MaxStatus), Requests: power.MaxRequests,
		Verdict: "ALREADY_STOPPED", Seconds: int(longestRun / time.Second), KeepUntil: &at, Keeps: power.MostKeeps + 1, Name: "x", Note: "x",
		Memory: power.Memory{
			AskedAt: unixMax, WasNear: true, CameBack: true, Fars: 2, Went: true, Failures: 1000, FailedAt: unixMax, Rejections: 2, MaxBatch: 50, KeepEnded: unixMax, LeftOver: true, Unmatched: true, Spared: true, SeenAt: unixMax, Due: true, Perhaps: true, Restore: true,
			Doubt: &power.Doubt{Of: power.DoubtUnreadable, Count: 1000, Since: unixMax},
		},
	}
	mustBeFull("", reflect.ValueOf(full))
	full.Memory.Due, full.Memory.Restore = false, false // one that is due is in no doubt, and one of a report has no other memory
	open, stopped, kept := full, full, full
	open.Verdict, open.KeepUntil, open.Keeps, open.Memory.LeftOver, open.Memory.Unmatched = power.Open, nil, 0, false, false                // see EndKeep
	stopped.KeepUntil, stopped.Keeps, stopped.Memory.KeepEnded, stopped.Memory.LeftOver, stopped.Memory.Unmatched = nil, 0, 0, false, false // see Close
	kept.Verdict, kept.Memory.Doubt, kept.Memory.KeepEnded, kept.Memory.SeenAt = power.Kept, nil, 0, 0                                      // see KeepOn
	return map[string]power.Instance{"open": open, "stopped": stopped, "kept": kept}
}

// mustBeFull panics where an exported field is zero: a field that is new must have its
// largest value here.
func mustBeFull(path string, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		if !v.IsValid() || v.IsZero() {
			panic("the largest instance has no " + path)
		}
		return
	}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			mustBeFull(path+"."+f.Name, v.Field(i))
		}
	}
}

func TestTheLargestInstanceOnTheWayHasRoom(t *testing.T) {
	largest := 0
	for name, in := range largestInstances() {
		got := leanest(in) - len(in.ID)
		if largest = max(largest, got); got > perInstance {
			t.Errorf("%s: %d bytes beside its id, the plan reckons with %d", name, got, perInstance)
		}
	}
	if largest < perInstance-10 {
		t.Errorf("%d bytes beside its id, the plan reckons with %d: more than there can be", largest, perInstance)
	}
}

// leanest is the size of an instance, with its comma, after fit has left out what it may.
func leanest(in power.Instance) int {
	for _, leaveOut := range lessByLess() {
		leaveOut(&in)
	}
	return size(in) + 1
}

// largestBase is a document without instances in which all else is as long as it can be. A
// run on its way has no remarks.
func largestBase() Run {
	at := time.Date(2286, 1, 1, 0, 0, 0, 0, time.UTC)
	limit := 100_000
	run := New(Request{Action: power.Stop, Name: strings.Repeat("r", 80), Trigger: Trigger{
		Kind: KindSchedule, ID: awkward(128), Name: awkward(128), Time: awkward(40), Reason: awkward(256),
	}, MaxInstances: limit, Timeout: 12 * time.Hour, Warn: 4 * time.Hour}, at)
	run.Part, run.StopAt, run.WaitSeconds, run.Checks, run.ComeBacks, run.Omitted, run.Nameless = 1000, &at, 43200, 1000, 21, 100_000, 100_000
	run.Summary = shortSummary(awkward(maxSummary))
	for range mostNotes {
		run.Notes = append(run.Notes, Note(awkward(300)))
	}
	for _, v := range power.Verdicts() {
		run.Counts[v] = 100_000
	}
	run.Memory.Sharers, run.Memory.QuietUntil, run.Memory.Extended, run.Memory.Idle, run.Memory.Warned, run.Memory.WarnBy = 1000, unixMax, true, true, true, &at
	run.Memory.Warn, run.Memory.Timeout, run.StartAt, run.StartsAgain = 14_400, 43_200, &at, 100_000
	run.Version = "100.100.100"
	run.Memory.Morning = &Morning{Clock: "00:00", Days: "MON, TUE, WED, THU, FRI, SAT, SUN", Stack: true, After: &at}
	return run
}

// largestFilter is the filter with the longest texts that an event may have.
func largestFilter() *zenlayer.Filter {
	f := &zenlayer.Filter{ZoneID: awkward(128), ResourceGroupID: awkward(128), InstanceName: awkward(128), Hostname: awkward(128)}
	for range 20 {
		f.TagKeys = append(f.TagKeys, awkward(128))
		f.Tags = append(f.Tags, zenlayer.Tag{Key: awkward(128), Value: awkward(256)})
	}
	return f
}

// What notes a part has come of its last look, of its end, and of the run that comes back: four at most.
func TestWhatAPartReturnsBesideItsInstancesHasRoom(t *testing.T) {
	base := largestBase()
	base.Notes, base.Memory = base.Notes[:4], Memory{Room: maxTarget}
	base.Remarks = base.Notes
	if bytes := size(base); bytes > perReport {
		t.Errorf("%d bytes, the bound is %d", bytes, perReport)
	}
	if all := mostParts * perReport; all > maxTarget {
		t.Errorf("%d parts return %d bytes beside their instances", mostParts, all)
	}
}

func TestTheLargestDocumentsFitAPayload(t *testing.T) {
	base := size(largestBase())
	room := maxPayload - base
	culprits := mostCulprits * (64 + perID) // with the suspects, see suspect
	if bytes := size(Part{Name: strings.Repeat("r", 80), MaxInstances: 1000, Room: 240_000, Warn: 14_400, Timeout: 43_200, Sharers: 1000, QuietUntil: unixMax, Statuses: statuses(), Unmatched: 1000}); bytes > perPart {
		t.Errorf("a part without ids has %d bytes, want at most %d", bytes, perPart)
	}
	for name, bytes := range map[string]int{
		"instances on the way":                  maxDocument + culprits,
		"ids before the plan, and the culprits": maxTarget + culprits,
		"a filter before the plan":              size(largestFilter()) + culprits,
		"the parts of a large run":              maxTarget,
	} {
		if bytes > room {
			t.Errorf("%s: %d bytes and %d of all else, a document has %d", name, bytes, base, maxPayload)
		}
	}
	if largest := maxPayload + resultOfAFunction; largest > statePayload {
		t.Errorf("a document and what Step Functions wraps around it have %d bytes, a state takes %d", largest, statePayload)
	}
}

// What AWS's page of Step Functions quotas says, and what an answer of lambda:invoke has
// beside the function's own: version, status, headers.
const (
	statePayload      = 262_144
	resultOfAFunction = 2_000
)

// statuses is one id for each status that a plan may see, without the id.
func statuses() map[string][]string {
	all := map[string][]string{}
	for n := range 12 {
		all[fmt.Sprintf("%0*d", power.MaxStatus, n)] = nil
	}
	return all
}

// A large filter whose warning names thousands was too large for a payload.
func TestAWarningThatDoesNotFitIsRefusedAtThePlan(t *testing.T) {
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 100_000, Timeout: time.Hour, Warn: time.Hour, Target: Target{Filter: largestFilter()}}, at(0))
	target := run.Memory
	run.Memory.Filter, run.Planned = nil, true
	run.Instances = rows(sized(10_000, 20), "RUNNING", at(0))
	r := Runner{Now: func() time.Time { return at(0) }}
	got := run.clone()
	got.leave(got.warned(target, r), at(0))
	if got.Outcome != OutcomeRefused || !strings.Contains(got.Summary, "a run has room for") || size(&got) > maxPayload {
		t.Errorf("%s with %d bytes: %s", got.Outcome, size(&got), got.Summary)
	}
	target.Filter = &zenlayer.Filter{ZoneID: "z"}
	got = run.clone()
	got.leave(got.warned(target, r), at(0))
	if got.Outcome != OutcomeWaiting || got.Next != NextWarn || len(got.Memory.Named) != 10_000 || size(&got) > maxPayload {
		t.Errorf("a short filter: %s with %d bytes, %d named: %s", got.Outcome, size(&got), len(got.Memory.Named), got.Summary)
	}
}

// These were found beyond the payload: a thousand instances that went through all that can
// happen to them before they are STOPPED.
func TestADocumentStaysWithinItsPayloadWhateverHappensToItsInstances(t *testing.T) {
	for name, largest := range largestInstances() {
		for _, n := range []int{1, 100, MaxInstancesPerRun} {
			for _, length := range []int{5, 20, 64} {
				all := sized(n, length)
				if !fitsOneExecution(all) {
					continue
				}
				run := largestBase()
				run.Memory.Warn, run.Planned = 0, true
				for _, id := range all {
					in := largest
					in.ID = id
					run.Instances = append(run.Instances, in)
				}
				run.leave(goesTo(NextWait), run.StartedAt)
				if bytes := size(&run); bytes > maxPayload || len(run.Instances) != n {
					t.Errorf("%s: %d ids of %d characters: %d bytes, %d instances", name, n, length, bytes, len(run.Instances))
				}
			}
		}
	}
}

// at is a time of a run that began at second 0.
func at(second int) time.Time { return time.Unix(1_795_374_000+int64(second), 0) }

func apiError(code string) error {
	return &zenlayer.APIError{Action: "StopInstances", Status: http.StatusForbidden, Code: code}
}
