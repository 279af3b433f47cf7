package runs

import (
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// stopping is a run that asked for all stops at its start. Of its instances these
// were seen STOPPED so many seconds later, and one is STOPPING.
func stopping(seen ...int) *Run {
	run := of(make([]power.Verdict, len(seen)+1)...)
	for i := range run.Instances {
		in := &run.Instances[i]
		in.Status, in.Memory.AskedAt, in.Requests = zenlayer.StatusStopping, at(0).Unix(), 1
		if i < len(seen) {
			in.Status, in.Verdict, in.Seconds = zenlayer.StatusStopped, power.Stopped, seen[i]
		}
	}
	return run
}

func TestWhereInstancesHaveJustStoppedTheNextLookComesSooner(t *testing.T) {
	cases := map[string]struct {
		seen []int
		now  int
		want int
	}{
		"nothing has stopped":         {nil, 300, 34},
		"4 of 5 in 34 s":              {[]int{300, 300, 300, 300}, 300, 5}, // sqrt(0.4*5*34/4) is below the minimum
		"1 of 2 in 34 s":              {[]int{300}, 300, 6},                // sqrt(0.4*2*34)
		"3 of 4 in 48 s":              {[]int{286, 300, 300}, 300, 6},      // sqrt(0.4*4*48/3)
		"1 of 2, but ten minutes ago": {[]int{300}, 900, 23},               // sqrt(0.4*2*634)
		"1 of 2, but an hour ago":     {[]int{300}, 3500, 34},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := stopping(c.seen...).wait(at(c.now)); got != c.want {
				t.Errorf("%d s, want %d", got, c.want)
			}
		})
	}
}

func TestTheNewestStopsAreCountedSinceTheLookBeforeThem(t *testing.T) {
	stops := func(took ...int) []change {
		var all []change
		for _, s := range took {
			all = append(all, change{at(0), time.Duration(s) * time.Second})
		}
		return all
	}
	cases := map[string]struct {
		stops []change
		count int
		since int
	}{
		"none":                                {nil, 0, 0},
		"one: since the wait before its look": {stops(300), 1, 266},
		"three of one look, after one of an earlier one": {stops(290, 300, 300, 300), 3, 290},
		"two looks, as one of them is not enough":        {stops(270, 290, 290, 300), 3, 270},
		"all of a look, also where three are enough":     {stops(290, 290, 300, 300), 4, 256},
		"an earlier look that is long ago":               {stops(100, 300, 300, 300), 3, 266},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			count, since := newest(c.stops)
			if count != c.count || count > 0 && !since.Equal(at(c.since)) {
				t.Errorf("%d since %s, want %d since %s", count, since, c.count, at(c.since))
			}
		})
	}
}

func TestAnInstanceThatWasAskedLaterIsLookedAtAsSoonAsAnother(t *testing.T) {
	run := stopping(900)
	run.Instances = append(run.Instances, run.Instances[1])
	run.Instances[0].Verdict, run.Instances[0].Status = power.Open, zenlayer.StatusStopping
	run.Instances[1].Memory.AskedAt = at(990).Unix()
	if got := run.wait(at(1005)); got != 21 {
		t.Errorf("%d s, want 21: it was asked 15 s ago", got)
	}
}

func TestAfterManyChecksTheRestOfTheTimeIsSharedOutEvenly(t *testing.T) {
	for name, c := range map[string]struct{ checks, left, want int }{
		"few checks":            {199, 3600, 34},
		"many, an hour is left": {200, 3600, 60},
		"many, ten hours":       {200, 36_000, 129},
		"all are used up":       {480, 36_000, 36_000},
	} {
		t.Run(name, func(t *testing.T) {
			run := stopping()
			run.Checks, run.Deadline = c.checks, at(1000+c.left)
			if got := run.wait(at(1000)); got != c.want {
				t.Errorf("%d s, want %d", got, c.want)
			}
		})
	}
}

// The bound of the workflow is in statemachine/stop-instances.asl.json: 1,000 calls.
func TestTwelveHoursTakeFewerThanAThousandCallsEvenWithAStopRoundAfterEachCheck(t *testing.T) {
	run := stopping()
	run.Deadline = at(12 * 3600)
	for now := 0; now < 12*3600; run.Checks++ {
		run.Instances[0].Memory.AskedAt = at(now).Unix() // it was asked again just now
		now += run.wait(at(now))
	}
	if calls := 1 + 2*run.Checks; calls > 1000 {
		t.Errorf("%d calls", calls)
	}
}
