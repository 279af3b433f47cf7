package power

import (
	"net/http"
	"testing"
	"time"

	"zenstop/internal/zenlayer"
)

// lost is an error that leaves open whether the request has had an effect.
func lost() error {
	return &zenlayer.APIError{Action: "StopInstances", Status: http.StatusBadGateway}
}

func TestWhatCameOfAStopRequestIsNoted(t *testing.T) {
	cases := map[string]struct {
		err                error
		requests, failures int
		asked, failed      bool
		note               string
	}{
		"accepted":          {nil, 1, 0, true, false, ""},
		"no answer":         {lost(), 0, 3, true, false, "no answer to the last stop request: HTTP 502"},
		"surely not landed": {apiError("REQUEST_LIMIT_EXCEEDED"), 0, 3, false, true, "no answer to the last stop request: HTTP 403, REQUEST_LIMIT_EXCEEDED"},
	}
	for name, c := range cases {
		in := &Instance{Note: "before", Memory: Memory{Failures: 2, Rejections: 1, MaxBatch: 4}}
		Stop.Asked(in, c.err, at(7))
		m := in.Memory
		if in.Requests != c.requests || m.Failures != c.failures || (m.AskedAt == at(7).Unix()) != c.asked || (m.FailedAt == at(7).Unix()) != c.failed || in.Note != c.note || in.WasAsked() != c.asked {
			t.Errorf("%s: %+v, note %q", name, m, in.Note)
		}
		if accepted := c.err == nil; (m.Rejections == 0) != accepted || (m.MaxBatch == 0) != accepted {
			t.Errorf("%s: rejections %d, batch %d", name, m.Rejections, m.MaxBatch)
		}
	}
}

func TestAfterAnOutageAFailedAttemptIsRepeatedSoonAndARejectedOneIsNot(t *testing.T) {
	for want, m := range map[int]Memory{0: {}, 1: {Failures: 9}, 9: {Failures: 9, Rejections: 1}} {
		in := &Instance{Memory: m}
		if in.EndBackoff(); in.Memory.Failures != want {
			t.Errorf("%+v: %d failures, want %d", m, in.Memory.Failures, want)
		}
	}
}

func TestABatchHoldsAHundredUnlessACulpritIsSearched(t *testing.T) {
	for batch, want := range map[int]int{0: 100, 1: 1, 99: 99, 100: 100, 500: 100} {
		in := &Instance{Memory: Memory{MaxBatch: batch}}
		if got := in.BatchSize(); got != want {
			t.Errorf("%d: %d, want %d", batch, got, want)
		}
	}
}

func TestTheNextStopRequestIsDueTwoMinutesAfterAnAcceptedOneAndHalfAMinuteAfterALostOne(t *testing.T) {
	deadline := at(7200)
	for name, c := range map[string]struct {
		story []moment
		want  time.Time
	}{
		"never asked":                       {nil, time.Time{}},
		"accepted":                          {[]moment{{10, accepted}}, at(130)},
		"unanswered":                        {[]moment{{10, unanswered}}, at(40)},
		"failed":                            {[]moment{{10, func(in *Instance, now time.Time) { in.Failed(now) }}}, at(40)},
		"failed twice":                      {[]moment{{10, unanswered}, {100, unanswered}}, at(140)},
		"unanswered after an accepted one":  {[]moment{{10, accepted}, {200, unanswered}}, at(320)},
		"failed later than an accepted one": {[]moment{{10, accepted}, {120, func(in *Instance, now time.Time) { in.Failed(now) }}}, at(150)},
	} {
		in := &Instance{Status: zenlayer.StatusRunning}
		live(in, c.story)
		if got := in.DueAt(deadline); !got.Equal(c.want) || Stop.Due(in, c.want.Add(-time.Second), deadline) || !Stop.Due(in, c.want, deadline) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// The small world found it: a machine whose stops Zenlayer has rejected, then the calls that name it, and that booted at the
// deadline, was REFUSED without a reason.
func TestWhatIsRefusedAtTheDeadlineSaysWhyWhateverWasShownInBetween(t *testing.T) {
	rejected := &zenlayer.APIError{Action: "StopInstances", Status: http.StatusBadRequest, Code: "UNSUPPORTED_OPERATION_LOCKED"}
	in, now := Stop.New("i-1", "RUNNING", time.Unix(0, 0)), time.Unix(60, 0)
	Stop.Reject(&in, rejected, now)
	Stop.Reject(&in, rejected, now)
	rules := Rules{Action: Stop, ProtectTagKey: "protect"}
	in.Observe(Sighting{Rejected: "UNSUPPORTED_OPERATION_MIGRATING", Culprit: true}, rules, now)
	in.Observe(Sighting{Row: zenlayer.Instance{ID: "i-1", Status: "BOOTING"}}, rules, now)
	Stop.TimeOut(&in)
	if in.Verdict != Refused || in.Note != "Zenlayer rejected its stop until the deadline" {
		t.Errorf("%s: %q", in.Verdict, in.Note)
	}
}
