package sim_test

import (
	"net/http"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

func TestOneInstanceThatIsNotStoppedRefusesTheWholeBatchOfAStart(t *testing.T) {
	for name, c := range map[string]struct {
		bad    sim.Instance
		status int
		code   string
	}{
		"not found":                {sim.Instance{Missing: true}, http.StatusNotFound, sim.CodeInstanceNotFound},
		"recycled":                 {sim.Instance{Status: sim.StatusRecycle}, http.StatusForbidden, sim.CodeInstanceRecycled},
		"recycled, in other words": {sim.Instance{Status: sim.StatusRecycle, RecycledCode: sim.CodeRecycledResource}, http.StatusForbidden, sim.CodeRecycledResource},
		"running":                  {sim.Instance{}, http.StatusForbidden, sim.CodeInstanceNotStopped},
		"stopping":                 {sim.Instance{Status: sim.StatusStopping, NeverStops: true}, http.StatusForbidden, sim.CodeInstanceNotStopped},
		"booting":                  {sim.Instance{Status: sim.StatusBooting}, http.StatusForbidden, sim.CodeInstanceNotStopped},
		"in maintenance":           {sim.Instance{Status: sim.StatusStopped, OddStatus: "MAINTENANCE"}, http.StatusForbidden, sim.CodeInstanceNotStopped},
		"no stock":                 {sim.Instance{Status: sim.StatusStopped, RefusesStart: "RESOURCE_INSUFFICIENT"}, http.StatusBadRequest, "RESOURCE_INSUFFICIENT"},
	} {
		t.Run(name, func(t *testing.T) {
			c.bad.ID = "bad"
			r := fleet(t, sim.Instance{ID: "a", Status: sim.StatusStopped}, c.bad)
			wantAnswer(t, r.at(sec).boot("a", "bad"), c.status, c.code)
			if a := r.Truth("a"); len(a.Starts) != 0 || a.StartCalls != 1 || a.Status != sim.StatusStopped {
				t.Errorf("it was started although the batch was refused: %+v", a)
			}
			wantAnswer(t, r.boot("a"), http.StatusOK, "")
		})
	}
	wantAnswer(t, fleet(t, sim.Instance{ID: "a"}).boot(), http.StatusBadRequest, sim.CodeMissingParameter)
}

func TestAStartedInstanceIsBootingAndThenRunning(t *testing.T) {
	for name, c := range map[string]struct {
		is   sim.Instance
		want map[time.Duration]string // what is shown then
	}{
		"by default":        {sim.Instance{}, map[time.Duration]string{0: "BOOTING", 9 * sec: "BOOTING", 10 * sec: "RUNNING"}},
		"slowly":            {sim.Instance{BootTakes: time.Minute}, map[time.Duration]string{59 * sec: "BOOTING", 60 * sec: "RUNNING"}},
		"and shown late":    {sim.Instance{Lag: 12 * sec}, map[time.Duration]string{11 * sec: "STOPPED", 12 * sec: "RUNNING"}},
		"never":             {sim.Instance{NeverStarts: true}, map[time.Duration]string{time.Hour: "BOOTING"}},
		"not at once":       {sim.Instance{IgnoresStarts: 1}, map[time.Duration]string{time.Hour: "STOPPED"}},
		"and falls":         {sim.Instance{StopsAgainAfter: 5 * sec, StopTakes: 2 * sec}, map[time.Duration]string{14 * sec: "RUNNING", 16 * sec: "STOPPING", 17 * sec: "STOPPED"}},
		"before a restart":  {sim.Instance{RestartsAfter: 20 * sec}, map[time.Duration]string{10 * sec: "RUNNING", 25 * sec: "RUNNING"}},
		"after a late stop": {sim.Instance{ExternalStopAt: 30 * sec}, map[time.Duration]string{29 * sec: "RUNNING", 31 * sec: "STOPPED"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.is.ID, c.is.Status = "a", sim.StatusStopped
			r := fleet(t, c.is)
			wantAnswer(t, r.boot("a"), http.StatusOK, "")
			for second := time.Duration(0); second <= time.Hour; second += sec {
				if want, ok := c.want[second]; ok {
					r.at(second).wantShown("a", want)
				}
			}
			if got := r.Truth("a"); len(got.Starts) != 1 {
				t.Errorf("accepted starts: %v", got.Starts)
			}
		})
	}
}

func TestASecondStartIsAnErrorEvenWhereStoppedIsStillShown(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Status: sim.StatusStopped, Lag: 5 * sec})
	wantAnswer(t, r.boot("a"), http.StatusOK, "")
	r.at(sec).wantShown("a", sim.StatusStopped)
	wantAnswer(t, r.boot("a"), http.StatusForbidden, sim.CodeInstanceNotStopped)
}

func TestSomebodyElseStartsWhatIsStoppedThenAlone(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Status: sim.StatusStopped, ExternalStartAt: 5 * sec}, sim.Instance{ID: "b", ExternalStartAt: 5 * sec})
	r.at(4*sec).wantShown("a", sim.StatusStopped)
	r.at(5*sec).wantShown("a", sim.StatusBooting)
	r.wantShown("b", sim.StatusRunning)
}
