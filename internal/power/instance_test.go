package power

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"zenstop/internal/zenlayer"
)

// at is a time of a run that began at second 0.
func at(second int) time.Time { return time.Unix(1_795_374_000+int64(second), 0) }

const tag = "zenstop-protect"

// seen is a sighting of this status.
func seen(status string) Sighting { return Sighting{Row: zenlayer.Instance{Status: status}} }

// tagged is a sighting of this status with the protect tag.
func tagged(status string) Sighting {
	return Sighting{Row: zenlayer.Instance{Status: status, Tags: []zenlayer.Tag{{Key: "other"}, {Key: tag}}}}
}

// untold is a sighting of this status whose tags cannot be read.
func untold(status string) Sighting {
	return Sighting{Row: zenlayer.Instance{Status: status, Unreadable: "tags"}}
}

var (
	unreadable = untold("RUNNING")
	unknowable = Sighting{Row: zenlayer.Instance{Unreadable: "instanceStatus"}}

	absent    = Sighting{Absent: true}
	refused   = Sighting{Rejected: "UNSUPPORTED_OPERATION_X"}
	malformed = Sighting{Rejected: "INVALID_PARAMETER_PATTERN_ERROR", Final: true}
)

// A story is what happens to an instance, second by second: sightings, and stop
// requests that were accepted, unanswered or refused.
type moment struct {
	second int
	what   any // a Sighting, or a func(*Instance, time.Time)
}

// keptNow is a sighting of this status in which a keep tag holds for the next two minutes.
func keptNow(status string) func(*Instance, time.Time) {
	return func(in *Instance, now time.Time) {
		s := seen(status)
		s.Row.Tags = []zenlayer.Tag{{Key: "keep", Value: now.Add(2 * time.Minute).Format(time.RFC3339)}}
		in.EndKeep(now)
		in.Observe(s, Rules{Action: Stop, KeepTagKey: "keep"}, now)
	}
}

func endKeep(in *Instance, now time.Time)    { in.EndKeep(now) }
func accepted(in *Instance, now time.Time)   { in.accepted(now) }
func unanswered(in *Instance, now time.Time) { in.unanswered(now) }

func TestTheSightingsOfAnInstanceDecideItsVerdict(t *testing.T) {
	cases := map[string]struct {
		story   []moment
		want    Verdict
		seconds int
		note    string
	}{
		"one sighting as STOPPED decides nothing":                      {[]moment{{0, seen("STOPPED")}}, Open, 0, ""},
		"STOPPED at the first two sightings was STOPPED before":        {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPED")}}, AlreadyStopped, 0, ""},
		"STOPPED twice after an accepted stop":                         {[]moment{{0, seen("RUNNING")}, {1, accepted}, {61, seen("STOPPED")}, {66, seen("STOPPED")}}, Stopped, 60, ""},
		"STOPPED twice after a stop without an answer":                 {[]moment{{0, seen("RUNNING")}, {1, unanswered}, {31, seen("STOPPED")}, {40, seen("STOPPED")}}, Stopped, 30, ""},
		"found STOPPING and then STOPPED twice":                        {[]moment{{0, seen("STOPPING")}, {60, seen("STOPPED")}, {65, seen("STOPPED")}}, Stopped, 0, ""},
		"RUNNING before and STOPPED though no request is known":        {[]moment{{0, seen("RUNNING")}, {60, seen("STOPPED")}, {65, seen("STOPPED")}}, Stopped, 0, ""},
		"INSTALLING before and STOPPED though no request is known":     {[]moment{{0, seen("INSTALLING")}, {60, seen("STOPPED")}, {65, seen("STOPPED")}}, Stopped, 0, ""},
		"an unknown status and then STOPPED was STOPPED before":        {[]moment{{0, seen("MAINTENANCE")}, {60, seen("STOPPED")}, {65, seen("STOPPED")}}, AlreadyStopped, 0, ""},
		"unknown, up, and then STOPPED":                                {[]moment{{0, seen("MAINTENANCE")}, {9, seen("BOOTING")}, {60, seen("STOPPED")}, {65, seen("STOPPED")}}, Stopped, 0, ""},
		"STOPPED, STOPPING, STOPPED: the first was false":              {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPING")}, {60, seen("STOPPED")}}, Open, 0, ""},
		"STOPPED once while STOPPING, and then really":                 {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPING")}, {60, seen("STOPPED")}, {65, seen("STOPPED")}}, Stopped, 0, ""},
		"an absence between two sightings as STOPPED starts them anew": {[]moment{{0, seen("STOPPED")}, {9, absent}, {20, seen("STOPPED")}}, Open, 0, ""},
		"RUNNING is open":                                                                    {[]moment{{0, seen("RUNNING")}}, Open, 0, ""},
		"an unknown status is open":                                                          {[]moment{{0, seen("MAINTENANCE")}}, Open, 0, ""},
		"once in the recycle bin decides nothing":                                            {[]moment{{0, seen("RECYCLE")}}, Open, 0, ""},
		"in the recycle bin":                                                                 {[]moment{{0, seen("RECYCLE")}, {9, seen("RECYCLE")}}, Recycled, 0, ""},
		"on the way into the recycle bin, in small letters":                                  {[]moment{{0, seen("recycling")}, {9, seen("recycle")}}, Recycled, 0, ""},
		"a failed state once decides nothing":                                                {[]moment{{0, seen("INSTALL_FAILED")}}, Open, 0, ""},
		"could not be created":                                                               {[]moment{{0, seen("CREATE_FAILED")}, {9, seen("CREATE_FAILED")}}, Refused, 0, "CREATE_FAILED cannot be stopped"},
		"could not be installed":                                                             {[]moment{{0, seen("INSTALL_FAILED")}, {9, seen("INSTALL_FAILED")}}, Refused, 0, "INSTALL_FAILED cannot be stopped"},
		"the protect tag":                                                                    {[]moment{{0, tagged("RUNNING")}}, Protected, 0, "carries the tag zenstop-protect"},
		"the protect tag of a STOPPED one":                                                   {[]moment{{0, tagged("STOPPED")}}, Protected, 0, "carries the tag zenstop-protect"},
		"the protect tag comes before any stop":                                              {[]moment{{0, seen("RUNNING")}, {9, tagged("RUNNING")}}, Protected, 0, "carries the tag zenstop-protect"},
		"the protect tag comes after the stop":                                               {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, tagged("RUNNING")}}, Open, 0, ""},
		"the protect tag comes while it stops by a lost request":                             {[]moment{{0, seen("RUNNING")}, {9, tagged("STOPPING")}}, Open, 0, ""},
		"the protect tag of one that was STOPPING before":                                    {[]moment{{0, seen("STOPPING")}, {9, tagged("STOPPING")}}, Protected, 0, "carries the tag zenstop-protect"},
		"absent twice":                                                                       {[]moment{{0, absent}, {40, absent}}, Open, 0, ""},
		"absent three times in less than half a minute":                                      {[]moment{{0, absent}, {10, absent}, {29, absent}}, Open, 0, ""},
		"absent three times over half a minute":                                              {[]moment{{0, absent}, {10, absent}, {30, absent}}, Missing, 0, "absent in 3 answers in a row"},
		"absences with a sighting between them start anew":                                   {[]moment{{0, absent}, {20, absent}, {25, seen("BOOTING")}, {40, absent}}, Open, 0, ""},
		"an absence and then a refusal start anew":                                           {[]moment{{0, absent}, {20, absent}, {40, refused}}, Open, 0, "Zenlayer rejects calls that name it: UNSUPPORTED_OPERATION_X"},
		"calls that name it are refused for long":                                            {[]moment{{0, refused}, {20, refused}, {300, refused}, {900, refused}}, Open, 0, "Zenlayer rejects calls that name it: UNSUPPORTED_OPERATION_X"},
		"its id is malformed":                                                                {[]moment{{0, malformed}}, Refused, 0, "Zenlayer rejects calls that name it: INVALID_PARAMETER_PATTERN_ERROR"},
		"its row cannot be read twice":                                                       {[]moment{{0, unreadable}, {40, unreadable}}, Open, 0, "its row in Zenlayer's answer cannot be read: tags"},
		"its row cannot be read three times":                                                 {[]moment{{0, unreadable}, {20, unreadable}, {40, unreadable}}, Refused, 0, "its row in Zenlayer's answer cannot be read: tags"},
		"its row can be read again":                                                          {[]moment{{0, unreadable}, {20, unreadable}, {40, seen("RUNNING")}}, Open, 0, ""},
		"its tags cannot be read any more after the stop: its status decides":                {[]moment{{0, seen("RUNNING")}, {1, accepted}, {30, untold("STOPPED")}, {40, untold("STOPPED")}}, Stopped, 29, ""},
		"its status cannot be read any more after the stop":                                  {[]moment{{0, seen("RUNNING")}, {1, accepted}, {30, unknowable}, {50, unknowable}, {70, unknowable}}, Refused, 0, "its row in Zenlayer's answer cannot be read: instanceStatus"},
		"RUNNING once after STOPPING":                                                        {[]moment{{0, seen("RUNNING")}, {1, accepted}, {5, seen("STOPPING")}, {9, seen("RUNNING")}}, Open, 0, ""},
		"RUNNING twice after STOPPING, too soon":                                             {[]moment{{0, seen("RUNNING")}, {1, accepted}, {5, seen("STOPPING")}, {9, seen("RUNNING")}, {13, seen("RUNNING")}}, Open, 0, ""},
		"RUNNING twice after STOPPING, five seconds apart":                                   {[]moment{{0, seen("RUNNING")}, {1, accepted}, {5, seen("STOPPING")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, Restarted, 0, "RUNNING again after it was seen STOPPING or STOPPED"},
		"RUNNING twice after one STOPPING that nobody asked for":                             {[]moment{{0, seen("STOPPING")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, Open, 0, ""},
		"RUNNING twice after two STOPPING that nobody asked for":                             {[]moment{{0, seen("STOPPING")}, {5, seen("STOPPING")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, Restarted, 0, "RUNNING again after it was seen STOPPING or STOPPED"},
		"RUNNING twice after one STOPPING and BOOTING":                                       {[]moment{{0, seen("STOPPING")}, {5, seen("BOOTING")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, Restarted, 0, "RUNNING again after it was seen STOPPING or STOPPED"},
		"RUNNING, STOPPING, RUNNING after STOPPING":                                          {[]moment{{0, seen("RUNNING")}, {1, accepted}, {5, seen("STOPPING")}, {9, seen("RUNNING")}, {14, seen("STOPPING")}, {19, seen("RUNNING")}}, Open, 0, ""},
		"one false STOPPED of a RUNNING one":                                                 {[]moment{{0, seen("STOPPED")}, {9, seen("RUNNING")}, {14, seen("RUNNING")}}, Open, 0, ""},
		"RUNNING after STOPPED is open again":                                                {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPED")}, {14, seen("STOPPED")}, {20, seen("RUNNING")}}, Open, 8, ""},
		"RUNNING twice after STOPPED":                                                        {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPED")}, {14, seen("STOPPED")}, {20, seen("RUNNING")}, {25, seen("RUNNING")}}, Restarted, 8, "RUNNING again after it was seen STOPPING or STOPPED"},
		"RUNNING twice after ALREADY_STOPPED":                                                {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPED")}, {20, seen("RUNNING")}, {25, seen("RUNNING")}}, Restarted, 0, "RUNNING again after it was seen STOPPING or STOPPED"},
		"a glimpse of RUNNING between sightings as STOPPED":                                  {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPED")}, {14, seen("STOPPED")}, {20, seen("RUNNING")}, {25, seen("STOPPED")}, {30, seen("STOPPED")}}, Stopped, 8, ""},
		"a glimpse of RUNNING between sightings as STOPPED, not asked":                       {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPED")}, {20, seen("RUNNING")}, {25, seen("STOPPED")}, {30, seen("STOPPED")}}, AlreadyStopped, 0, ""},
		"started by others while it was kept, and STOPPED by a request whose answer is lost": {[]moment{{0, keptNow("STOPPED")}, {130, keptNow("BOOTING")}, {325, keptNow("RUNNING")}, {521, endKeep}, {650, seen("STOPPED")}, {655, seen("STOPPED")}}, Stopped, 0, ""},
		"up in two answers in a row between sightings as STOPPED, though never asked":        {[]moment{{0, seen("STOPPED")}, {9, seen("STOPPED")}, {20, seen("RUNNING")}, {22, seen("RUNNING")}, {25, seen("STOPPED")}, {30, seen("STOPPED")}}, Stopped, 0, ""},
		"what counts as STOPPED stays so when it is absent":                                  {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, absent}, {40, absent}, {80, absent}}, AlreadyStopped, 0, ""},
		"what counts as STOPPED stays so when it is refused":                                 {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, refused}, {40, refused}, {80, refused}}, AlreadyStopped, 0, ""},
		"what counts as STOPPED stays so when its status cannot be read":                     {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, unknowable}, {40, unknowable}, {80, unknowable}}, AlreadyStopped, 0, ""},
		"what counts as STOPPED and is in the recycle bin":                                   {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, seen("RECYCLE")}, {14, seen("RECYCLE")}}, Recycled, 0, ""},
		"what counts as STOPPED and is STOPPING again is open again":                         {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, seen("STOPPING")}}, Open, 0, ""},
		"what counts as STOPPED and has an unknown status is open again":                     {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, seen("MAINTENANCE")}}, Open, 0, ""},
		"what counts as STOPPED is open again while it boots":                                {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, seen("BOOTING")}}, Open, 0, ""},
		"STOPPED, and up again with the protect tag, never asked":                            {[]moment{{0, seen("STOPPED")}, {5, seen("STOPPED")}, {9, tagged("RUNNING")}}, Protected, 0, "carries the tag zenstop-protect"},
		"asked, STOPPED, and up again with the protect tag":                                  {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPED")}, {14, seen("STOPPED")}, {20, tagged("RUNNING")}}, Open, 8, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &Instance{ID: "i"}
			live(in, c.story)
			if in.Verdict != c.want || in.Seconds != c.seconds || in.Note != c.note {
				t.Errorf("verdict %q, %d seconds, note %q; want %q, %d, %q", in.Verdict, in.Seconds, in.Note, c.want, c.seconds, c.note)
			}
		})
	}
}

// live lets a story happen to the instance of a run that stops.
func live(in *Instance, story []moment) { liveIn(Stop, in, story) }

// liveIn lets a story happen to the instance of a run with that action.
func liveIn(action Action, in *Instance, story []moment) {
	for _, m := range story {
		switch what := m.what.(type) {
		case Sighting:
			in.Observe(what, Rules{Action: action, ProtectTagKey: tag}, at(m.second))
		case func(*Instance, time.Time):
			what(in, at(m.second))
		}
	}
}

func TestWithoutAProtectTagNothingIsProtected(t *testing.T) {
	in := &Instance{}
	in.Observe(Sighting{Row: zenlayer.Instance{Status: "RUNNING", Tags: []zenlayer.Tag{{Key: ""}}}}, Rules{Action: Stop}, at(0))
	if in.Verdict != Open {
		t.Errorf("verdict %s", in.Verdict)
	}
}

func TestTheFirstAndTheLastStatusAndTheNameAreKept(t *testing.T) {
	in := &Instance{}
	in.Observe(Sighting{Row: zenlayer.Instance{Status: "booting", Name: strings.Repeat("n", 70)}}, Rules{Action: Stop, ProtectTagKey: tag}, at(0))
	in.Observe(Sighting{Row: zenlayer.Instance{Status: strings.Repeat("x", 50), Name: "new"}}, Rules{Action: Stop, ProtectTagKey: tag}, at(9))
	if in.Before != "BOOTING" || in.Status != strings.Repeat("X", 13)+"…" || in.Name != "new" {
		t.Errorf("before %q, status %q, name %q", in.Before, in.Status, in.Name)
	}
}

func TestAtTheDeadlineAnOpenInstanceSaysWhereItWasLastSeen(t *testing.T) {
	cases := map[string]struct {
		story []moment
		note  string
	}{
		"never seen":                           {nil, "never seen"},
		"absent":                               {[]moment{{0, seen("RUNNING")}, {9, absent}}, "absent in the last answer"},
		"RUNNING again":                        {[]moment{{0, seen("STOPPING")}, {5, seen("STOPPING")}, {9, seen("RUNNING")}}, "RUNNING in the last answer, after it was seen STOPPING or STOPPED"},
		"still STOPPING":                       {[]moment{{0, seen("RUNNING")}, {9, seen("STOPPING")}}, ""},
		"the protect tag came after the stop":  {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, tagged("RUNNING")}}, "got the protect tag or the keep tag after the stop request"},
		"STOPPED once":                         {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, seen("STOPPED")}}, "STOPPED only in the last answer; not confirmed by a second one"},
		"RUNNING, and no stop had any success": {[]moment{{0, seen("RUNNING")}}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &Instance{}
			live(in, c.story)
			Stop.TimeOut(in)
			if in.Verdict != TimedOut || in.Note != c.note {
				t.Errorf("verdict %s, note %q; want TIMED_OUT, %q", in.Verdict, in.Note, c.note)
			}
		})
	}
}

func TestAStopIsAskedForAgainOnlyAfterPatience(t *testing.T) {
	deadline := at(12 * 3600)
	lost := func(n int) func(*Instance, time.Time) {
		return func(in *Instance, now time.Time) { in.Memory.Failures = n - 1; in.Failed(now) }
	}
	refuse := func(in *Instance, now time.Time) { Stop.Reject(in, apiError("OPERATION_DENIED_X"), now) }
	cases := map[string]struct {
		story []moment
		due   int // the first second at which a stop is due; -1: never
	}{
		"RUNNING and not asked yet":             {[]moment{{0, seen("RUNNING")}}, 0},
		"BOOTING":                               {[]moment{{0, seen("BOOTING")}}, -1},
		"never seen":                            {nil, -1},
		"RUNNING after an accepted stop":        {[]moment{{0, seen("RUNNING")}, {1, accepted}}, 121},
		"RUNNING after two accepted stops":      {[]moment{{0, seen("RUNNING")}, {1, accepted}, {121, accepted}}, 241},
		"RUNNING after three accepted stops":    {[]moment{{0, seen("RUNNING")}, {1, accepted}, {121, accepted}, {241, accepted}}, -1},
		"RUNNING after a stop without answer":   {[]moment{{0, seen("RUNNING")}, {1, unanswered}}, 31},
		"RUNNING after a failed stop":           {[]moment{{0, seen("RUNNING")}, {1, lost(1)}}, 31},
		"RUNNING after two failed stops":        {[]moment{{0, seen("RUNNING")}, {1, lost(2)}}, 41},
		"RUNNING after three failed stops":      {[]moment{{0, seen("RUNNING")}, {1, lost(3)}}, 55}, // 53 1/3 s later
		"RUNNING after a hundred failed stops":  {[]moment{{0, seen("RUNNING")}, {1, lost(100)}}, 301},
		"RUNNING after a refused stop":          {[]moment{{0, seen("RUNNING")}, {1, refuse}}, 31},
		"RUNNING after two refused stops":       {[]moment{{0, seen("RUNNING")}, {1, refuse}, {31, refuse}}, 71},
		"RUNNING after a false STOPPING":        {[]moment{{0, seen("STOPPING")}, {9, seen("RUNNING")}}, 0},
		"RUNNING after a false STOPPED":         {[]moment{{0, seen("STOPPED")}, {9, seen("RUNNING")}}, 0},
		"RUNNING after STOPPING twice":          {[]moment{{0, seen("STOPPING")}, {5, seen("STOPPING")}, {9, seen("RUNNING")}}, -1},
		"RUNNING, with tags that nobody reads":  {[]moment{{0, unreadable}}, -1},
		"RUNNING with the tag after a stop":     {[]moment{{0, seen("RUNNING")}, {1, accepted}, {9, tagged("RUNNING")}}, -1},
		"RUNNING, but absent in the newest one": {[]moment{{0, seen("RUNNING")}, {9, absent}}, -1},
		"STOPPED":                               {[]moment{{0, seen("STOPPED")}}, -1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &Instance{}
			live(in, c.story)
			first := -1
			for s := 0; s < 1000 && first < 0; s++ {
				if Stop.Due(in, at(s), deadline) {
					first = s
				}
			}
			if first != c.due {
				t.Errorf("due at second %d, want %d", first, c.due)
			}
		})
	}
}

func TestThePatienceShrinksAsTheDeadlineComesNear(t *testing.T) {
	m := Memory{Failures: 100}
	for left, want := range map[time.Duration]time.Duration{
		time.Hour: 5 * time.Minute, 20 * time.Minute: 5 * time.Minute, 8 * time.Minute: 2 * time.Minute, time.Minute: 30 * time.Second,
	} {
		if got := m.backoff(at(0).Unix(), at(0).Add(left)); got != want {
			t.Errorf("%s before the deadline: %s, want %s", left, got, want)
		}
	}
}

func apiError(code string) error {
	return &zenlayer.APIError{Action: "StopInstances", Status: http.StatusForbidden, Code: code}
}

func TestARefusalIsFinalAtOnceForAMalformedIDAndElseAtTheDeadline(t *testing.T) {
	cases := map[string]struct {
		err    error
		before int // accepted requests
		atOnce Verdict
		late   Verdict
	}{
		"any refusal":                           {apiError("OPERATION_DENIED_INSTANCE_LOCKED"), 0, Open, Refused},
		"a code that no list has":               {apiError("UNSUPPORTED_OPERATION_X"), 1, Open, Refused},
		"a malformed id":                        {apiError("INVALID_PARAMETER_VALUE"), 0, Refused, Refused},
		"not running, and never accepted":       {apiError("OPERATION_DENIED_INSTANCE_NOT_RUNNING"), 0, Open, TimedOut},
		"not running after an accepted request": {apiError("OPERATION_DENIED_INSTANCE_NOT_RUNNING"), 1, Open, TimedOut},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &Instance{Status: "RUNNING", Requests: c.before}
			for n := range 50 {
				if in.Verdict == Open {
					Stop.Reject(in, c.err, at(n*400))
				}
			}
			if in.Verdict != c.atOnce || in.Verdict == Open && !Stop.Wants(in) || !strings.Contains(in.Note, zenlayer.Reason(c.err)) {
				t.Errorf("verdict %q, asked again: %v, note %q; want %q", in.Verdict, Stop.Wants(in), in.Note, c.atOnce)
			}
			if in.Verdict == Open {
				Stop.TimeOut(in)
			}
			if in.Verdict != c.late || !strings.Contains(in.Note, zenlayer.Reason(c.err)) {
				t.Errorf("at the deadline %s, note %q; want %s", in.Verdict, in.Note, c.late)
			}
		})
	}
}

func TestAnAcceptedRequestAfterARefusalIsNoRefusalAnyMore(t *testing.T) {
	in := &Instance{Status: "RUNNING"}
	Stop.Reject(in, apiError("OPERATION_DENIED_X"), at(0))
	in.accepted(at(40))
	if Stop.TimeOut(in); in.Verdict != TimedOut || in.Note != "" {
		t.Errorf("%s, note %q; want TIMED_OUT without the old note", in.Verdict, in.Note)
	}
}

func TestARefusalAsNotRunningIsFollowedByAGrowingPatience(t *testing.T) {
	in, deadline := &Instance{Status: "RUNNING"}, at(12*3600)
	for n, wait := range []int{30, 40, 54} {
		now := at(n * 400)
		Stop.Reject(in, apiError(Stop.Way().NotFrom), now)
		if Stop.Due(in, now.Add(time.Duration(wait-1)*time.Second), deadline) || !Stop.Due(in, now.Add(time.Duration(wait)*time.Second), deadline) {
			t.Errorf("after refusal %d a stop is not due after %d s", n+1, wait)
		}
	}
}

func TestAnAcceptedStopEndsTheSearchAndTheFailures(t *testing.T) {
	in := &Instance{Memory: Memory{Failures: 4, MaxBatch: 12}}
	in.accepted(at(7))
	if want := (Memory{AskedAt: at(7).Unix()}); in.Memory != want || in.Requests != 1 {
		t.Errorf("%+v, %d requests", in.Memory, in.Requests)
	}
	in.unanswered(at(9))
	if want := (Memory{AskedAt: at(9).Unix(), Failures: 1}); in.Memory != want || in.Requests != 1 {
		t.Errorf("%+v, %d requests after one without an answer", in.Memory, in.Requests)
	}
}

func TestWhatMayBeStoppedCountsAgainstTheLimit(t *testing.T) {
	for status, want := range map[string]bool{
		"RUNNING": true, "BOOTING": true, "MAINTENANCE": true, "STOPPING": false, "STOPPED": false, "RECYCLE": false, "INSTALL_FAILED": false, "": false,
	} {
		if got := Stop.MayAsk(&Instance{Status: status}); got != want {
			t.Errorf("%q: %v", status, got)
		}
	}
	if Stop.MayAsk(&Instance{Status: "RUNNING", Verdict: Protected}) {
		t.Error("one with a verdict counts")
	}
	in := &Instance{}
	if Stop.OverLimit(in, 5); in.Verdict != Refused || in.Note != "not asked to stop: the limit (maxInstances) is 5" {
		t.Errorf("%s, %q", in.Verdict, in.Note)
	}
}

func TestAnErrorWithoutACodeIsShownShortened(t *testing.T) {
	for want, err := range map[string]error{
		"":                            nil,
		"CODE":                        apiError("CODE"),
		"a b":                         errors.New("a\nb"),
		strings.Repeat("x", 79) + "…": fmt.Errorf("%s", strings.Repeat("x", 200)),
	} {
		if got := zenlayer.Reason(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestADryRunTellsWhatWouldBecomeOfEachInstance(t *testing.T) {
	for status, want := range map[string]string{
		"":            "no answer about it: would be looked at again",
		"RUNNING":     "is RUNNING: would be stopped",
		"STOPPING":    "is STOPPING: would be watched until STOPPED",
		"INSTALLING":  "is INSTALLING: would be stopped once RUNNING",
		"MAINTENANCE": "has an unknown status: would be watched, and stopped once RUNNING",
	} {
		if got := Stop.Prospect(&Instance{Status: status}); got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
	in := &Instance{}
	if in.observeAbsence(Rules{Action: Stop}, at(0)); Stop.Prospect(in) != "not found in one answer: would be looked for again" {
		t.Errorf("absent: %s", Stop.Prospect(in))
	}
}

// The next call of a function knows no more than the document.
func TestWhatTheNewestSightingSparesIsRememberedInTheDocument(t *testing.T) {
	for name, c := range map[string]struct {
		sighting Sighting
		wants    bool
	}{
		"it carries the protect tag": {tagged("RUNNING"), false},
		"it carries it no more":      {seen("RUNNING"), true},
	} {
		in := &Instance{ID: "a"}
		in.Observe(seen("RUNNING"), Rules{Action: Stop, ProtectTagKey: tag}, at(0))
		in.accepted(at(1))
		in.Observe(tagged("RUNNING"), Rules{Action: Stop, ProtectTagKey: tag}, at(200))
		in.Observe(c.sighting, Rules{Action: Stop, ProtectTagKey: tag}, at(400))
		encoded, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var later Instance
		if err := json.Unmarshal(encoded, &later); err != nil || Stop.Wants(&later) != c.wants {
			t.Errorf("%s: wants a stop %t, error %v: %s", name, Stop.Wants(&later), err, encoded)
		}
	}
}

func TestWhatTheRunAsksOfAnInstance(t *testing.T) {
	rejected := func(n int) *Doubt { return &Doubt{Of: DoubtRejected, Count: n, Since: at(0).Unix()} }
	for name, c := range map[string]struct {
		in                                         Instance
		mayRun, seenOnce, unconfirmed, keptForGood bool
		label, handedOver                          string
	}{
		"never seen":              {Instance{ID: "i"}, true, false, false, false, "i", ""},
		"RUNNING, with a name":    {Instance{ID: "i", Name: "web", Status: "RUNNING"}, true, false, false, false, "i (web)", "RUNNING"},
		"named as its id":         {Instance{ID: "i", Name: "i", Status: "STOPPING"}, false, false, false, false, "i", "STOPPING"},
		"STOPPED once":            {Instance{ID: "i", Status: "STOPPED", Memory: Memory{Doubt: &Doubt{Of: DoubtReached, Count: 1}}}, false, true, true, false, "i", "STOPPED"},
		"in the recycle bin once": {Instance{ID: "i", Status: "RECYCLE", Memory: Memory{Doubt: &Doubt{Of: DoubtRecycled, Count: 1}}}, false, false, true, false, "i", "RECYCLE"},
		"failed once":             {Instance{ID: "i", Status: "INSTALL_FAILED", Memory: Memory{Doubt: &Doubt{Of: DoubtFailed, Count: 1}}}, false, false, true, false, "i", "INSTALL_FAILED"},
		"absent":                  {Instance{ID: "i", Memory: Memory{Doubt: &Doubt{Of: DoubtAbsent, Count: 1}}}, true, false, false, false, "i", ""},
		"hidden":                  {Instance{ID: "i", Memory: Memory{Doubt: rejected(1)}}, true, false, false, false, "i", ""},
		"hidden by its row":       {Instance{ID: "i", Memory: Memory{Doubt: &Doubt{Of: DoubtUnreadable, Count: 1}}}, true, false, false, false, "i", ""},
		"no match is known":       {Instance{ID: "i", Memory: Memory{Unmatched: true}}, false, false, false, false, "i", ""},
		"RUNNING, no match known": {Instance{ID: "i", Status: "RUNNING", Memory: Memory{Unmatched: true}}, false, false, false, false, "i", ""},
		"RUNNING and spared":      {Instance{ID: "i", Status: "RUNNING", Memory: Memory{Spared: true}}, true, false, false, false, "i", ""},
		"an unknown status":       {Instance{ID: "i", Status: "MAINTENANCE"}, true, false, false, false, "i", ""},
		"kept for good":           {Instance{ID: "i", Status: "RUNNING", Verdict: Kept}, false, false, false, true, "i", "RUNNING"},
		"decided":                 {Instance{ID: "i", Status: "STOPPED", Verdict: Stopped, Memory: Memory{Doubt: &Doubt{Of: DoubtReached, Count: 1}}}, false, false, false, false, "i", "STOPPED"},
	} {
		in := &c.in
		if Stop.MayBeNear(in) != c.mayRun || in.SeenOnce() != c.seenOnce || in.Unconfirmed() != c.unconfirmed || in.KeptForGood() != c.keptForGood || in.Label() != c.label || Stop.HandedOver(in) != c.handedOver {
			t.Errorf("%s: may run %v, seen once %v, unconfirmed %v, kept for good %v, label %q, handed over as %q", name, Stop.MayBeNear(in), in.SeenOnce(), in.Unconfirmed(), in.KeptForGood(), in.Label(), Stop.HandedOver(in))
		}
	}
	for count, seconds := range map[int]int{1: 15, 2: 45, 3: 90, 4: 150} {
		if got := rejected(count).NextLook(); !got.Equal(at(seconds)) {
			t.Errorf("after %d rejections the next look is at %s, want %s", count, got, at(seconds))
		}
	}
	if got := (&Doubt{Of: DoubtAbsent, Count: 5, Since: at(0).Unix()}).NextLook(); !got.Equal(at(15)) {
		t.Errorf("after absences the next look is at %s", got)
	}
}

func TestTheVerdictsAreAClosedSetOfWhichSixAreGood(t *testing.T) {
	reached := map[Verdict]bool{Stopped: true, AlreadyStopped: true, Started: true, AlreadyRunning: true}
	for _, v := range Verdicts() {
		if v.Good() != (reached[v] || v == Protected || v == Kept) || !v.CanBe() || v.Reached() != reached[v] {
			t.Errorf("%s: good %v, can be %v, reached %v", v, v.Good(), v.CanBe(), v.Reached())
		}
	}
	for v, want := range map[Verdict]bool{Open: true, "LATER_KNOWN": true, "stopped": false, "A B": false, "ABCDEFGHIJKLMNOPQRSTU": false} {
		if v.CanBe() != want || v.Good() {
			t.Errorf("%q: can be %v, good %v", v, v.CanBe(), v.Good())
		}
	}
}

func TestWhatIsRejectedOrNotKnownToMatchIsRefusedAtTheDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		in   Instance
		want Verdict
	}{
		"its stop rejected once":             {Instance{Status: "RUNNING", Memory: Memory{Rejections: 1}}, TimedOut},
		"its stop rejected twice":            {Instance{Status: "RUNNING", Memory: Memory{Rejections: 2}}, Refused},
		"calls that name it, once":           {Instance{Memory: Memory{Doubt: &Doubt{Of: DoubtRejected, Count: 1}}}, TimedOut},
		"calls that name it, twice":          {Instance{Memory: Memory{Doubt: &Doubt{Of: DoubtRejected, Count: 2}}}, Refused},
		"absent twice":                       {Instance{Memory: Memory{Doubt: &Doubt{Of: DoubtAbsent, Count: 2}}}, TimedOut},
		"nobody knows whether it is matched": {Instance{Status: "RUNNING", Memory: Memory{Unmatched: true}}, Refused},
	} {
		if Stop.TimeOut(&c.in); c.in.Verdict != c.want {
			t.Errorf("%s: %s, want %s", name, c.in.Verdict, c.want)
		}
	}
}

func TestARunThatOnlyLooksTouchesNoMachineOfWhichNobodyKnowsWhetherItIsMatched(t *testing.T) {
	for name, c := range map[string]struct {
		sighting Sighting
		want     Verdict
	}{
		"RUNNING":            {seen("RUNNING"), Refused},
		"BOOTING":            {seen("BOOTING"), Refused},
		"STOPPED":            {seen("STOPPED"), AlreadyStopped},
		"in the recycle bin": {seen("RECYCLE"), Recycled},
		"failed":             {seen("INSTALL_FAILED"), Refused},
		"STOPPING":           {seen("STOPPING"), Open},
	} {
		for _, only := range []bool{true, false} {
			in := &Instance{ID: "i", Memory: Memory{Unmatched: true}}
			for second := range 3 {
				in.Observe(c.sighting, Rules{Action: Stop, CheckOnly: only}, at(second*20))
			}
			if in.Verdict != c.want {
				t.Errorf("%s, checkOnly %v: %s, want %s", name, only, in.Verdict, c.want)
			}
		}
	}
}

func TestBeyondTheLimitAMachineIsRefusedUnlessItWasKeptUntilNow(t *testing.T) {
	in, kept := &Instance{}, &Instance{Memory: Memory{KeepEnded: at(5).Unix()}}
	Stop.OverLimit(in, 7)
	Stop.OverLimit(kept, 7)
	if in.Verdict != Refused || in.Note != "not asked to stop: the limit (maxInstances) is 7" || kept.Verdict != Kept || !kept.KeepUntil.Equal(at(5)) {
		t.Errorf("%s (%s), %s until %v", in.Verdict, in.Note, kept.Verdict, kept.KeepUntil)
	}
	if kept.KeepEnds() != nil {
		t.Error("what is left over for the next run is opened again in this one")
	}
}

func TestASightingShowsStoppedByItsStatusAlone(t *testing.T) {
	for want, all := range map[bool][]Sighting{true: {seen("STOPPED"), seen("stopped"), untold("STOPPED")}, false: {seen("STOPPING"), seen(""), absent, refused, {Absent: true, Row: zenlayer.Instance{Status: "STOPPED"}}, {Rejected: "X", Row: zenlayer.Instance{Status: "STOPPED"}}}} {
		for _, s := range all {
			if s.Shows("STOPPED") != want {
				t.Errorf("%+v: %v", s, !want)
			}
		}
	}
}

func TestWhatCountsAsStoppedAndIsAbsentLongEnoughIsGone(t *testing.T) {
	in := &Instance{Verdict: Stopped, Memory: Memory{Doubt: &Doubt{Of: DoubtAbsent, Count: 3, Since: at(0).Unix()}}}
	other := &Instance{Verdict: Stopped, Memory: Memory{Doubt: &Doubt{Of: DoubtUnreadable, Count: 3, Since: at(0).Unix()}}}
	if Stop.Gone(in, at(29)) || !Stop.Gone(in, at(30)) || Stop.Gone(other, at(60)) || Stop.Gone(&Instance{}, at(60)) {
		t.Errorf("after 29 s %v, after 30 s %v, unreadable %v, seen %v", Stop.Gone(in, at(29)), Stop.Gone(in, at(30)), Stop.Gone(other, at(60)), Stop.Gone(&Instance{}, at(60)))
	}
}
