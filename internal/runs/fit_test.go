package runs

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
)

// full is a run of a thousand instances on its way, each as large as make makes it.
func full(n int, change func(i int, in *power.Instance)) *Run {
	run := New(Request{Action: power.Stop, Name: "request-1", MaxInstances: n, Timeout: time.Hour}, time.Unix(1795374001, 0))
	run.Planned = true
	for i := range n {
		in := power.Instance{ID: fmt.Sprintf("%020d", i), Before: "INSTALLING", Status: "STOPPING", Requests: 3}
		change(i, &in)
		run.Instances = append(run.Instances, in)
	}
	return &run
}

func encoded(t *testing.T, r *Run) int {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return len(text)
}

func TestAThousandInstancesFitThePayloadOnTheWay(t *testing.T) {
	const at = 1795374001
	for name, change := range map[string]func(int, *power.Instance){
		"with long names":    func(_ int, in *power.Instance) { in.Name = strings.Repeat("\u2028", 64) },
		"with notes":         func(_ int, in *power.Instance) { in.SetNote(strings.Repeat("ü", 500)) },
		"asked and stopping": func(_ int, in *power.Instance) { in.Memory = power.Memory{AskedAt: at, Went: true} },
		"searched for a bad one": func(_ int, in *power.Instance) {
			in.Memory = power.Memory{AskedAt: at, FailedAt: at, Failures: 99, MaxBatch: 50, Rejections: 2}
		},
	} {
		run := full(1000, change)
		run.leave(goesTo(NextWait), run.StartedAt)
		if n := encoded(t, run); n > maxPayload || len(run.Instances) != 1000 {
			t.Errorf("%s: %d bytes, %d instances", name, n, len(run.Instances))
		}
	}
}

func TestSmallDocumentsKeepTheirNames(t *testing.T) {
	run := full(300, func(_ int, in *power.Instance) { in.Name = strings.Repeat("n", 64); in.SetNote("why") })
	run.leave(goesTo(NextWait), run.StartedAt)
	if in := run.Instances[0]; in.Name == "" || in.Note == "" {
		t.Errorf("%+v", in)
	}
}

func TestALargeDocumentKeepsTheNotesThatSayWhatIsWrong(t *testing.T) {
	run := full(1500, func(i int, in *power.Instance) {
		switch in.SetNote(strings.Repeat("is RUNNING ", 18)); i % 40 {
		case 0:
			in.Close(power.Refused, "refused: it is in maintenance")
		case 1:
			in.SetNote(power.NoteUnreadable + ": tags")
		case 2:
			in.Close(power.Protected, "carries the tag")
		}
	})
	run.leave(goesTo(NextWait), run.StartedAt)
	if n := encoded(t, run); n > maxPayload {
		t.Errorf("%d bytes", n)
	}
	for i := range run.Instances {
		in := &run.Instances[i]
		if kept := in.Note != ""; kept != (i%40 <= 1) {
			t.Fatalf("%s %s: note %q", in.ID, in.Verdict, in.Note)
		}
	}
}

func TestTheReportOfADryRunOfThousandsNamesWhatCannotBeRead(t *testing.T) {
	run := full(4000, func(i int, in *power.Instance) {
		switch in.SetNote("is RUNNING: would be stopped"); {
		case i >= 3300:
			in.SetNote(power.NoteUnreadable + ": tags")
		case i >= 3297:
			in.Status = ""
			in.SetNote(power.NoteAbsent)
		}
	})
	run.Outcome = OutcomePlanned
	run.fit(maxPayload)
	noted := 0
	for i := range run.Instances {
		if run.Instances[i].Note != "" {
			noted++
		}
	}
	if n := encoded(t, run); n > maxPayload || run.Omitted == 0 || noted != 703 || len(run.Instances)+run.Omitted != 4000 {
		t.Errorf("%d bytes, %d omitted, %d with a note", n, run.Omitted, noted)
	}
}

func TestAReportLeavesOutGoodVerdictsFirst(t *testing.T) {
	run := full(4000, func(i int, in *power.Instance) {
		if in.Verdict = power.Stopped; i%10 == 0 {
			in.Close(power.Missing, "absent in 3 answers in a row")
		}
	})
	run.leave(ends(), run.Deadline)
	bad := 0
	for i := range run.Instances {
		if !run.Instances[i].Verdict.Good() {
			bad++
		}
	}
	if bad != 400 || run.Omitted == 0 || len(run.Instances)+run.Omitted != 4000 || run.Counts[power.Missing] != 400 || run.Counts[power.Stopped] != 3600 {
		t.Errorf("%d bad ones kept, %d kept in all, %d omitted, counts %v", bad, len(run.Instances), run.Omitted, run.Counts)
	}
	if n := encoded(t, run); n > maxPayload || n < maxDocument*9/10 {
		t.Errorf("%d bytes of %d", n, maxDocument)
	}
}

func TestAReportHoldsNothingThatOnlyTheRulesNeed(t *testing.T) {
	run := full(2, func(_ int, in *power.Instance) { in.Memory.AskedAt, in.Verdict = 1795374001, power.Stopped })
	run.leave(ends(), run.Deadline)
	if text, err := json.Marshal(run); err != nil || strings.Count(string(text), "memory") != 1 || !strings.Contains(string(text), `"memory":{}`) {
		t.Errorf("%s, %v", text, err)
	}
}
