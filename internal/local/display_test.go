package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/local/stack"
	"zenstop/internal/shutdown"
)

// atWork is a run with one instance of each kind, after so many seconds.
func atWork(seconds int) stack.Progress {
	return stack.Progress{State: "Wait", Elapsed: time.Duration(seconds) * time.Second, Runs: []shutdown.Run{{
		Counts: map[shutdown.Verdict]int{shutdown.Stopped: 1, shutdown.Missing: 1, shutdown.Protected: 1},
		Instances: []shutdown.Instance{
			{Status: "STOPPED", Verdict: shutdown.Stopped},
			{Status: "STOPPING"},
			{Status: "RUNNING"},
			{Status: "BOOTING"},
			{},
			{Verdict: shutdown.Missing},
			{Status: "RUNNING", Verdict: shutdown.Protected},
		},
	}}}
}

// allStopped is a run whose only instance has stopped.
func allStopped() stack.Progress {
	return stack.Progress{State: "Stopped", Elapsed: 21 * time.Second, Runs: []shutdown.Run{{
		Counts:    map[shutdown.Verdict]int{shutdown.Stopped: 1},
		Instances: []shutdown.Instance{{Verdict: shutdown.Stopped}},
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
