package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// atWork is a run with one instance of each kind, after so many seconds.
func atWork(seconds int) stack.Progress {
	return stack.Progress{State: "Wait", Elapsed: time.Duration(seconds) * time.Second, Runs: []runs.Run{{
		Action: power.Stop,
		Counts: map[power.Verdict]int{power.Stopped: 1, power.Missing: 1, power.Protected: 1},
		Instances: []power.Instance{
			{Status: "STOPPED", Verdict: power.Stopped},
			{Status: "STOPPING"},
			{Status: "RUNNING"},
			{Status: "BOOTING"},
			{},
			{Verdict: power.Missing},
			{Status: "RUNNING", Verdict: power.Protected},
		},
	}}}
}

// allStopped is a run whose only instance has stopped.
func allStopped() stack.Progress {
	return stack.Progress{State: "Stopped", Elapsed: 21 * time.Second, Runs: []runs.Run{{
		Action:    power.Stop,
		Counts:    map[power.Verdict]int{power.Stopped: 1},
		Instances: []power.Instance{{Verdict: power.Stopped}},
	}}}
}

func TestAPipeGetsALineForEachChange(t *testing.T) {
	var out bytes.Buffer
	d := display{screen: newScreen(&out, noEnvironment)}
	for _, p := range []stack.Progress{{}, {Elapsed: time.Second}, {State: "Plan", Elapsed: time.Second}, atWork(2), atWork(3), allStopped()} {
		d.show(p)
	}
	d.end()
	const want = `run        0s  waiting for the run to start
run        1s  no instances to stop                       state Plan
run        2s  1 of 6 stopped, 1 failed, 1 stopping, 1 running, 1 other, 1 not seen yet state Wait
run       21s  1 of 1 stopped                             state Stopped
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestTheLineSaysUntilWhenTheRunHoldsAndWhoIsKept(t *testing.T) {
	stopAt := time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)
	later := stopAt.Add(time.Hour)
	open := power.Instance{Status: "RUNNING"}
	held := func(until *time.Time) power.Instance {
		return power.Instance{Status: "RUNNING", Verdict: power.Kept, KeepUntil: until}
	}
	for name, c := range map[string]struct {
		state     string
		instances []power.Instance
		want      string
	}{
		"it holds after a warning":               {"Hold", []power.Instance{open}, "0 of 1 stopped, 1 running, holds until 24 Nov 19:00:00 UTC"},
		"the time has come":                      {"Plan", []power.Instance{open}, "0 of 1 stopped, 1 running "},
		"one is kept":                            {"Wait", []power.Instance{open, held(&later)}, "0 of 1 stopped, 1 running, 1 kept until 24 Nov 20:00:00 UTC"},
		"two are kept":                           {"Wait", []power.Instance{held(&later), held(&stopAt)}, "no instances to stop, 2 kept, the first until 24 Nov 19:00:00 UTC"},
		"one is kept, and nobody can tell until": {"Wait", []power.Instance{open, held(nil)}, "0 of 1 stopped, 1 running, 1 kept "},
	} {
		run := runs.Run{Action: power.Stop, StopAt: &stopAt, Instances: c.instances}
		for _, in := range c.instances {
			if in.Verdict != power.Open {
				run.Counts = map[power.Verdict]int{in.Verdict: run.Counts[in.Verdict] + 1}
			}
		}
		p := stack.Progress{State: c.state, Runs: []runs.Run{run}}
		if got := describe(p, p.Tally()); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestATerminalGetsOneLineThatIsRewritten(t *testing.T) {
	var out bytes.Buffer
	d := display{screen: &screen{Writer: &out, columns: func() int { return 30 }}}
	d.show(atWork(2))
	d.show(allStopped())
	d.end()
	const want = "\r\x1b[Krun        2s  1 of 6 stoppe…" + "\r\x1b[Krun       21s  1 of 1 stoppe…" + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestTheLineIsRedOnceAnInstanceHasFailedAndGreenWhenAllHaveStopped(t *testing.T) {
	for name, c := range map[string]struct {
		progress stack.Progress
		want     string
	}{
		"one has failed":   {atWork(2), "\x1b[31mrun "},
		"all have stopped": {allStopped(), "\x1b[32mrun "},
		"nothing is known": {stack.Progress{}, "\r\x1b[Krun "},
	} {
		var out bytes.Buffer
		d := display{screen: &screen{Writer: &out, colour: true, columns: func() int { return 80 }}}
		if d.show(c.progress); !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %q, want it to have %q", name, out.String(), c.want)
		}
	}
}
