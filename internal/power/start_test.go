package power

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTheSightingsOfAnInstanceDecideTheVerdictOfItsStart(t *testing.T) {
	cases := map[string]struct {
		story   []moment
		want    Verdict
		seconds int
		note    string
	}{
		"one sighting as RUNNING decides nothing":                    {[]moment{{0, seen("RUNNING")}}, Open, 0, ""},
		"RUNNING at two sightings that are 29 s apart":               {[]moment{{0, seen("RUNNING")}, {29, seen("RUNNING")}}, Open, 0, ""},
		"RUNNING at the first sightings was RUNNING before":          {[]moment{{0, seen("RUNNING")}, {30, seen("RUNNING")}}, AlreadyRunning, 0, ""},
		"RUNNING twice after an accepted start":                      {[]moment{{0, seen("STOPPED")}, {1, accepted}, {61, seen("RUNNING")}, {91, seen("RUNNING")}}, Started, 60, ""},
		"RUNNING twice after a start without an answer":              {[]moment{{0, seen("STOPPED")}, {1, unanswered}, {31, seen("RUNNING")}, {61, seen("RUNNING")}}, Started, 30, ""},
		"BOOTING alone is no proof":                                  {[]moment{{0, seen("STOPPED")}, {1, accepted}, {20, seen("BOOTING")}, {60, seen("BOOTING")}, {120, seen("BOOTING")}}, Open, 0, ""},
		"RUNNING, BOOTING, RUNNING starts the sightings anew":        {[]moment{{0, seen("STOPPED")}, {1, accepted}, {20, seen("RUNNING")}, {30, seen("BOOTING")}, {40, seen("RUNNING")}, {60, seen("RUNNING")}}, Open, 39, ""},
		"found BOOTING and then RUNNING twice":                       {[]moment{{0, seen("BOOTING")}, {60, seen("RUNNING")}, {90, seen("RUNNING")}}, Started, 0, ""},
		"STOPPED before and RUNNING though no request is known":      {[]moment{{0, seen("STOPPED")}, {60, seen("RUNNING")}, {90, seen("RUNNING")}}, Started, 0, ""},
		"an unknown status and then RUNNING was RUNNING before":      {[]moment{{0, seen("MAINTENANCE")}, {60, seen("RUNNING")}, {90, seen("RUNNING")}}, AlreadyRunning, 0, ""},
		"STOPPING is open, because it becomes STOPPED by itself":     {[]moment{{0, seen("STOPPING")}, {60, seen("STOPPING")}}, Open, 0, ""},
		"STOPPED once after BOOTING":                                 {[]moment{{0, seen("STOPPED")}, {1, accepted}, {5, seen("BOOTING")}, {9, seen("STOPPED")}}, Open, 0, ""},
		"STOPPED twice after BOOTING":                                {[]moment{{0, seen("STOPPED")}, {1, accepted}, {5, seen("BOOTING")}, {9, seen("STOPPED")}, {14, seen("STOPPED")}}, StoppedAgain, 0, "STOPPED again after it was seen BOOTING or RUNNING"},
		"STOPPED twice after RUNNING":                                {[]moment{{0, seen("STOPPED")}, {1, accepted}, {9, seen("RUNNING")}, {39, seen("RUNNING")}, {50, seen("STOPPED")}, {55, seen("STOPPED")}}, StoppedAgain, 8, "STOPPED again after it was seen BOOTING or RUNNING"},
		"STOPPED twice after ALREADY_RUNNING":                        {[]moment{{0, seen("RUNNING")}, {30, seen("RUNNING")}, {50, seen("STOPPED")}, {55, seen("STOPPED")}}, StoppedAgain, 0, "STOPPED again after it was seen BOOTING or RUNNING"},
		"in the recycle bin":                                         {[]moment{{0, seen("RECYCLE")}, {9, seen("RECYCLE")}}, Recycled, 0, ""},
		"could not be installed":                                     {[]moment{{0, seen("INSTALL_FAILED")}, {9, seen("INSTALL_FAILED")}}, Refused, 0, "INSTALL_FAILED cannot be started"},
		"the protect tag":                                            {[]moment{{0, tagged("STOPPED")}}, Protected, 0, "carries the tag zenstop-protect"},
		"the protect tag comes before any start":                     {[]moment{{0, seen("STOPPED")}, {9, tagged("STOPPED")}}, Protected, 0, "carries the tag zenstop-protect"},
		"the protect tag comes after the start":                      {[]moment{{0, seen("STOPPED")}, {1, accepted}, {9, tagged("STOPPED")}}, Open, 0, ""},
		"a keep tag keeps nothing off":                               {[]moment{{0, seen("STOPPED")}, {1, accepted}, {9, keptRow("RUNNING")}, {39, keptRow("RUNNING")}}, Started, 8, ""},
		"absent three times over half a minute":                      {[]moment{{0, absent}, {10, absent}, {30, absent}}, Missing, 0, "absent in 3 answers in a row"},
		"its tags cannot be read: it is not known whether it may be": {[]moment{{0, untold("STOPPED")}, {20, untold("STOPPED")}, {40, untold("STOPPED")}}, Refused, 0, "its row in Zenlayer's answer cannot be read: tags"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &Instance{ID: "i"}
			liveIn(Start, in, c.story)
			if in.Verdict != c.want || in.Seconds != c.seconds || in.Note != c.note {
				t.Errorf("verdict %q, %d seconds, note %q; want %q, %d, %q", in.Verdict, in.Seconds, in.Note, c.want, c.seconds, c.note)
			}
		})
	}
}

// keptRow is a sighting of this status with a keep tag that holds for a day.
func keptRow(status string) func(*Instance, time.Time) {
	return func(in *Instance, now time.Time) {
		s := seen(status)
		s.Row.Tags = append(s.Row.Tags, tagged(status).Row.Tags[0])
		s.Row.Tags[0].Key, s.Row.Tags[0].Value = "keep", now.AddDate(0, 0, 1).Format(time.RFC3339)
		in.Observe(s, Rules{Action: Start, KeepTagKey: "keep"}, now)
	}
}

func TestAnUnknownActionDoesNothing(t *testing.T) {
	for action, known := range map[Action]bool{Stop: true, Start: true, "": false, "restart": false, "START": false} {
		if action.Known() != known {
			t.Errorf("%q: known is %v, want %v", action, action.Known(), known)
		}
		if in := (&Instance{ID: "i", Status: "RUNNING"}); !known && (action.Wants(in) || action.Way().Call != "") {
			t.Errorf("%q asks for something", action)
		}
	}
}

func TestWhatARunHasStoppedIsToBeStartedAgain(t *testing.T) {
	cases := map[string]struct {
		story []moment
		want  bool
	}{
		"stopped by a request":                             {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPED")}, {14, seen("STOPPED")}}, true},
		"a request without an answer":                      {[]moment{{0, seen("RUNNING")}, {1, unanswered}, {9, seen("STOPPED")}, {14, seen("STOPPED")}}, true},
		"a request whose end was not seen":                 {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPING")}}, true},
		"asked, and then absent":                           {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, absent}, {30, absent}, {60, absent}}, true},
		"STOPPED before":                                   {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPED")}}, false},
		"stopped by somebody else":                         {[]moment{{0, seen("RUNNING")}, {9, seen("STOPPED")}, {14, seen("STOPPED")}}, false},
		"started by somebody else after a request":         {[]moment{{0, seen("RUNNING")}, {1, accepted}, {5, seen("STOPPING")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, false},
		"in the recycle bin after a request":               {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("RECYCLE")}, {14, seen("RECYCLE")}}, false},
		"protected before any request":                     {[]moment{{0, tagged("RUNNING")}}, false},
		"RUNNING all the time":                             {[]moment{{0, seen("RUNNING")}, {9, seen("RUNNING")}}, false},
		"a round that broke off may have asked for it":     {[]moment{{0, seen("RUNNING")}, {1, perhaps}, {9, seen("STOPPED")}, {14, seen("STOPPED")}}, true},
		"the same, and protected since then":               {[]moment{{0, seen("RUNNING")}, {1, perhaps}, {9, tagged("RUNNING")}}, true},
		"the run before this one asked, and handed it on":  {[]moment{{0, handedOn}, {1, seen("STOPPED")}, {9, seen("STOPPED")}}, true},
		"handed on, and protected for a while":             {[]moment{{0, handedOn}, {1, tagged("STOPPED")}, {9, tagged("STOPPED")}}, true},
		"handed on, and started by somebody else at night": {[]moment{{0, handedOn}, {1, seen("STOPPED")}, {5, seen("STOPPED")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &Instance{ID: "i"}
			live(in, c.story)
			if got := Stop.Restores(in); got != c.want {
				text, _ := json.Marshal(in)
				t.Errorf("restores is %v, want %v: %s", got, c.want, text)
			}
		})
	}
}

func perhaps(in *Instance, _ time.Time)  { in.Memory.Perhaps = true }
func handedOn(in *Instance, _ time.Time) { in.Memory.Restore = true }
