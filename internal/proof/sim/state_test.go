package sim_test

import (
	"net/http"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

const sec = time.Second

// moment is what must be shown at some time; "" is: not listed.
type moment struct {
	at     time.Duration
	status string
}

func TestAnInstanceShowsTheRightStatusAtEachTime(t *testing.T) {
	const running, stopping, stopped, booting = sim.StatusRunning, sim.StatusStopping, sim.StatusStopped, sim.StatusBooting
	cases := map[string]struct {
		is   sim.Instance
		stop time.Duration // when it is stopped; negative: never
		want []moment
	}{
		"a stop takes its time": {
			sim.Instance{StopTakes: 10 * sec},
			5 * sec,
			[]moment{{5 * sec, stopping}, {14 * sec, stopping}, {15 * sec, stopped}, {time.Hour, stopped}},
		},
		"a stop at once": {sim.Instance{}, 0, []moment{{0, stopped}}},
		"a lag shows RUNNING": {
			sim.Instance{StopTakes: 10 * sec, Lag: 4 * sec}, 0, []moment{{3 * sec, running}, {4 * sec, stopping}, {10 * sec, stopped}},
		},
		"a lag longer than the stop": {
			sim.Instance{StopTakes: 2 * sec, Lag: 4 * sec}, 0, []moment{{3 * sec, running}, {4 * sec, stopped}},
		},
		"never stops": {sim.Instance{NeverStops: true}, 0, []moment{{sec, stopping}, {9999 * time.Hour, stopping}}},
		"restarts after it stopped": {
			sim.Instance{StopTakes: 5 * sec, RestartsAfter: 5 * sec, BootTakes: 2 * sec},
			0,
			[]moment{{4 * sec, stopping}, {9 * sec, stopped}, {10 * sec, booting}, {12 * sec, running}, {time.Hour, running}},
		},
		"is started though it was stopped": {
			sim.Instance{Status: stopped, RestartsAfter: 5 * sec, BootTakes: 2 * sec},
			-1,
			[]moment{{4 * sec, stopped}, {5 * sec, booting}, {7 * sec, running}, {time.Hour, running}},
		},
		"restarts while it is stopping": {
			sim.Instance{StopTakes: 9 * sec, RestartsAfter: 5 * sec, RestartsFromStopping: true},
			0,
			[]moment{{4 * sec, stopping}, {5 * sec, booting}, {15 * sec, running}, {time.Hour, running}},
		},
		"becomes running": {
			sim.Instance{Status: sim.StatusInstalling, BecomesRunningAfter: 3 * sec},
			-1,
			[]moment{{2 * sec, sim.StatusInstalling}, {3 * sec, running}},
		},
		"is STOPPING again for a while": {
			sim.Instance{StopTakes: 5 * sec, AfterStop: stopping, AfterStopIn: 3 * sec, AfterStopFor: 4 * sec},
			0,
			[]moment{{7 * sec, stopped}, {8 * sec, stopping}, {11 * sec, stopping}, {12 * sec, stopped}, {time.Hour, stopped}},
		},
		"has an unknown status for ever after it was found STOPPED": {
			sim.Instance{Status: stopped, AfterStop: "MAINTENANCE", AfterStopIn: 3 * sec}, -1, []moment{{2 * sec, stopped}, {3 * sec, "MAINTENANCE"}, {time.Hour, "MAINTENANCE"}},
		},
		"is recycled after its stop": {
			sim.Instance{StopTakes: 5 * sec, AfterStop: sim.StatusRecycle, AfterStopIn: 3 * sec},
			0,
			[]moment{{7 * sec, stopped}, {8 * sec, sim.StatusRecycle}, {25 * time.Hour, ""}},
		},
		"stays pending":             {sim.Instance{Status: sim.StatusPending}, -1, []moment{{time.Hour, sim.StatusPending}}},
		"stopping from the start":   {sim.Instance{Status: stopping, StopTakes: 3 * sec}, -1, []moment{{2 * sec, stopping}, {3 * sec, stopped}}},
		"missing":                   {sim.Instance{Missing: true}, -1, []moment{{0, ""}, {time.Hour, ""}}},
		"appears":                   {sim.Instance{AppearsAt: 3 * sec}, -1, []moment{{2 * sec, ""}, {3 * sec, running}}},
		"vanishes":                  {sim.Instance{VanishesAt: 3 * sec}, -1, []moment{{2 * sec, running}, {3 * sec, ""}}},
		"vanishes while stopping":   {sim.Instance{VanishesAt: 3 * sec, StopTakes: 9 * sec}, 0, []moment{{2 * sec, stopping}, {3 * sec, ""}, {9 * sec, ""}}},
		"recycled from the start":   {sim.Instance{Status: sim.StatusRecycle}, -1, []moment{{23 * time.Hour, sim.StatusRecycle}, {24 * time.Hour, ""}}},
		"recycled while stopping":   {sim.Instance{RecycledAt: 3 * sec, StopTakes: 9 * sec}, 0, []moment{{2 * sec, stopping}, {9 * sec, sim.StatusRecycle}, {24*time.Hour + 3*sec, ""}}},
		"somebody else stops it":    {sim.Instance{ExternalStopAt: 3 * sec, StopTakes: 2 * sec}, -1, []moment{{2 * sec, running}, {3 * sec, stopping}, {5 * sec, stopped}}},
		"nobody stops it twice":     {sim.Instance{ExternalStopAt: 3 * sec, StopTakes: 5 * sec}, 0, []moment{{3 * sec, stopping}, {5 * sec, stopped}, {8 * sec, stopped}}},
		"an odd status for a while": {sim.Instance{OddStatus: "MAINTENANCE", OddFrom: 2 * sec, OddFor: 3 * sec}, -1, []moment{{1 * sec, running}, {2 * sec, "MAINTENANCE"}, {5 * sec, running}}},
		"an odd status for ever":    {sim.Instance{OddStatus: "MAINTENANCE"}, -1, []moment{{0, "MAINTENANCE"}, {time.Hour, "MAINTENANCE"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.is.ID = "a"
			r := fleet(t, c.is)
			if c.stop >= 0 {
				wantAnswer(t, r.at(c.stop).stop("a"), http.StatusOK, "")
			}
			for _, m := range c.want {
				r.at(m.at).wantShown("a", m.status)
			}
		})
	}
}

func TestAStopMayBeIgnoredAndAskedForAgain(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", IgnoresStops: 2, StopTakes: sec})
	for range 2 {
		wantAnswer(t, r.stop("a"), http.StatusOK, "")
		r.wantShown("a", sim.StatusRunning)
	}
	wantAnswer(t, r.stop("a"), http.StatusOK, "")
	r.wantShown("a", sim.StatusStopping)
	if got := r.Injected()["ignoredStop"]; got != 2 || r.Truth("a").AcceptedStops != 3 {
		t.Errorf("%d ignored of %d, want 2 of 3", got, r.Truth("a").AcceptedStops)
	}
}

func TestTruthHasTheTimesAndTheHistory(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", StopTakes: 5 * sec, RestartsAfter: 5 * sec, BootTakes: 2 * sec, Lag: 3 * sec})
	r.at(sec).stop("a")
	if got := r.at(2 * sec).Truth("a"); got.Status != sim.StatusStopping || got.Shown != sim.StatusRunning {
		t.Errorf("in the lag: really %s, shown %s", got.Status, got.Shown)
	}
	got := r.at(time.Minute).Truth("a")
	for name, c := range map[string]struct {
		got  time.Time
		want time.Duration
	}{
		"first accepted": {got.FirstAccepted, sec},
		"stopping":       {got.Stopping, sec}, "stopped": {got.Stopped, 6 * sec}, "restarted": {got.Restarted, 11 * sec},
	} {
		if !c.got.Equal(start.Add(c.want)) {
			t.Errorf("%s at %s, want %s after the start", name, c.got, c.want)
		}
	}
	want := []sim.Phase{
		{At: start, Status: "RUNNING"},
		{At: start.Add(sec), Status: "STOPPING"},
		{At: start.Add(6 * sec), Status: "STOPPED"},
		{At: start.Add(11 * sec), Status: "BOOTING"},
		{At: start.Add(13 * sec), Status: "RUNNING"},
	}
	if len(got.History) != len(want) {
		t.Fatalf("history %v, want %v", got.History, want)
	}
	for i := range want {
		if got.History[i] != want[i] {
			t.Errorf("phase %d is %v, want %v", i, got.History[i], want[i])
		}
	}
}

func TestTheHistoryHasNoStatusTwiceInARow(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Status: sim.StatusStopping, StopTakes: sec})
	if got := r.at(time.Hour).Truth("a").History; len(got) != 2 || got[0].Status != sim.StatusStopping || got[1].Status != sim.StatusStopped {
		t.Errorf("history %v, want STOPPING and STOPPED", got)
	}
}

func TestTruthOfAnInstanceThatIsNotListedIsGone(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "missing", Missing: true}, sim.Instance{ID: "gone", VanishesAt: sec})
	for _, id := range []string{"missing", "gone", "nobody"} {
		if got := r.at(sec).Truth(id); !got.Gone || got.Status != "" {
			t.Errorf("%s: %+v, want gone", id, got)
		}
	}
	if got := len(r.Truths()); got != 2 {
		t.Errorf("%d truths, want 2", got)
	}
}
