package power

import (
	"slices"
	"strings"
	"testing"
)

// look is one sighting of a story, by its name.
type look struct {
	name string
	is   Sighting
}

// alphabet is one sighting of each kind that the rules tell apart.
func alphabet() []look {
	return []look{
		{"RUNNING", seen("RUNNING")},
		{"STOPPED", seen("STOPPED")},
		{"STOPPING", seen("STOPPING")},
		{"BOOTING", seen("BOOTING")},
		{"RECYCLE", seen("RECYCLE")},
		{"INSTALL_FAILED", seen("INSTALL_FAILED")},
		{"MAINTENANCE", seen("MAINTENANCE")},
		{"absent", absent},
		{"refused", refused},
		{"unreadable", unknowable},
	}
}

// way is what the contract says of an action, once more.
type way struct {
	action                   Action
	from, through, to, back  string
	reached, already, undone Verdict
}

var (
	down = way{Stop, "RUNNING", "STOPPING", "STOPPED", "BOOTING", Stopped, AlreadyStopped, Restarted}
	up   = way{Start, "STOPPED", "BOOTING", "RUNNING", "STOPPING", Started, AlreadyRunning, StoppedAgain}
)

// TestOneAnswerDecidesNothing walks every story of up to four sightings, 40 s apart, with
// an accepted request after any of them or none, and holds the verdict against what the
// contract says that it needs.
func TestOneAnswerDecidesNothing(t *testing.T) {
	for _, w := range []way{down, up} {
		stories := 0
		for length := 1; length <= 4; length++ {
			for asked := -1; asked < length-1; asked++ {
				every(length, func(story []look) {
					if asked >= 0 && story[asked].name != w.from {
						return // only what is in that status is asked for
					}
					stories++
					in, verdicts := w.play(story, asked)
					if why := w.unfounded(in, story, verdicts, asked); why != "" {
						t.Fatalf("%s: %s after %s, asked after %d: %s", w.action, in.Verdict, names(story), asked, why)
					}
				})
			}
		}
		if stories < 10_000 {
			t.Errorf("%s: %d stories", w.action, stories)
		}
	}
}

// every calls f with each story of this length.
func every(length int, f func([]look)) { over(alphabet(), length, f) }

// over calls f with each story of this length that these sightings make.
func over(all []look, length int, f func([]look)) {
	story := make([]look, length)
	var fill func(int)
	fill = func(n int) {
		if n == length {
			f(story)
			return
		}
		for _, l := range all {
			story[n] = l
			fill(n + 1)
		}
	}
	fill(0)
}

// play lets a story happen, and returns the verdict after each sighting. What has a
// verdict that is not of something stopped is not looked at any more.
func (w way) play(story []look, asked int) (*Instance, []Verdict) {
	in := &Instance{ID: "i"}
	var verdicts []Verdict
	for n, l := range story {
		if in.Verdict == Open || in.Verdict.Reached() {
			in.Observe(l.is, Rules{Action: w.action, ProtectTagKey: tag}, at(40*n))
		}
		if n == asked && w.action.Wants(in) {
			in.accepted(at(40*n + 1))
		}
		verdicts = append(verdicts, in.Verdict)
	}
	return in, verdicts
}

// unfounded says why the verdict does not follow from the story, or nothing. It is the
// contract's table once more, and shares nothing with the rules.
func (w way) unfounded(in *Instance, story []look, verdicts []Verdict, asked int) string {
	n := len(story)
	for n > 1 && !in.Verdict.Reached() && in.Verdict != Open && verdicts[n-2] == in.Verdict {
		n-- // when it was given
	}
	last := func(k int, any ...string) bool {
		return n >= k && !slices.ContainsFunc(story[n-k:n], func(l look) bool { return !slices.Contains(any, l.name) })
	}
	far := func(l look) bool { return l.name == w.to || l.name == w.through }
	went := false
	for i := range n {
		twice := i > 0 && far(story[i]) && far(story[i-1])
		back := i > 0 && story[i].name == w.back && far(story[i-1])
		went = went || twice || back || far(story[i]) && asked >= 0 && i > asked && in.Requests > 0
	}
	switch in.Verdict {
	case w.reached, w.already:
		return w.notReached(story[:n])
	case w.undone:
		if !last(2, w.from) || !went {
			return "it needs two sightings as " + w.from + " after it went to the far side"
		}
	case Recycled:
		if !last(2, "RECYCLE") {
			return "one sighting in the recycle bin decides nothing"
		}
	case Refused:
		if !last(2, "INSTALL_FAILED") && !last(3, "unreadable") {
			return "REFUSED needs two failed states, or three rows that cannot be read"
		}
	case Missing:
		if !last(3, "absent") {
			return "MISSING needs three absences in a row"
		}
	case Open:
		if last(2, w.to) || last(2, "RECYCLE") || last(2, "INSTALL_FAILED") || last(2, w.from) && went {
			return "two sightings in a row decide it"
		}
		if last(1, w.from) && !went && in.Requests == 0 && !w.action.Wants(in) {
			return "it is " + w.from + ", never went to the far side, and is not asked for"
		}
	default:
		return "nothing in the story says so"
	}
	return ""
}

// notReached checks that the last status was seen twice in a row, and nothing else after that
// but answers that do not show the instance.
func (w way) notReached(story []look) string {
	for len(story) > 0 && slices.Contains([]string{"absent", "refused", "unreadable"}, story[len(story)-1].name) {
		story = story[:len(story)-1]
	}
	n := len(story)
	if n < 2 || story[n-1].name != w.to {
		return "the last answer that shows it shows something else"
	}
	for i := 1; i < n; i++ {
		if story[i].name == w.to && story[i-1].name == w.to {
			return ""
		}
	}
	return "it was never seen " + w.to + " twice in a row"
}

func names(story []look) string {
	var all []string
	for _, l := range story {
		all = append(all, l.name)
	}
	return strings.Join(all, ", ")
}

func TestADryRunSaysWhatOneAnswerShows(t *testing.T) {
	for status, want := range map[string]Verdict{"STOPPED": AlreadyStopped, "RECYCLE": Recycled, "INSTALL_FAILED": Refused, "RUNNING": Open} {
		in := &Instance{}
		if in.Observe(seen(status), Rules{Action: Stop, OneAnswer: true}, at(0)); in.Verdict != want {
			t.Errorf("%s: %q, want %q", status, in.Verdict, want)
		}
	}
}

func TestALookThatIsRefusedIsRepeatedEverLater(t *testing.T) {
	in, looks := &Instance{}, 0
	for second := range 12 * 3600 {
		if d := in.Memory.Doubt; d == nil || !at(second).Before(d.NextLook()) {
			in.Observe(refused, Rules{Action: Stop}, at(second))
			looks++
		}
	}
	if in.Verdict != Open || looks < 50 || looks > 100 {
		t.Errorf("%q after %d looks in 12 hours", in.Verdict, looks)
	}
	if Stop.TimeOut(in); in.Verdict != Refused || !strings.Contains(in.Note, "UNSUPPORTED_OPERATION_X") {
		t.Errorf("at the deadline %s: %s", in.Verdict, in.Note)
	}
}

func TestTheStatusesOfPartsAreFirstSightings(t *testing.T) {
	for status, want := range map[string]Verdict{"STOPPED": AlreadyStopped, "RECYCLE": Recycled, "": Open, "RUNNING": Open} {
		in := Stop.New("a", status, at(0))
		if in.Verdict != Open {
			t.Errorf("%s: %s after one answer", status, in.Verdict)
		}
		again := status
		if again == "" {
			again = "STOPPED"
		}
		if in.Observe(seen(again), Rules{Action: Stop}, at(9)); in.Verdict != want {
			t.Errorf("%s twice: %q, want %q", status, in.Verdict, want)
		}
	}
}

// TestOneAnswerDoesNotSayThatAnInstanceWasStoppedBefore walks every story of up to five
// sightings without a request of which anybody knows: a function may have crashed after it.
// What was shown as RUNNING, and as STOPPED before that in one answer alone or in rows that
// cannot be read, was stopped by this run; and in a start the other way round.
func TestOneAnswerDoesNotSayThatAnInstanceWasStoppedBefore(t *testing.T) {
	for _, w := range []way{down, up} {
		w.wasNotReachedBefore(t)
	}
}

func (w way) wasNotReachedBefore(t *testing.T) {
	t.Helper()
	all := []look{
		{"RUNNING", seen("RUNNING")},
		{"STOPPED", seen("STOPPED")},
		{"absent", absent},
		{"refused", refused},
		{"unreadable RUNNING", untold("RUNNING")},
		{"unreadable STOPPED", untold("STOPPED")},
	}
	before := 0
	for length := 1; length <= 5; length++ {
		over(all, length, func(story []look) {
			in, _ := w.play(story, -1)
			if in.Verdict != w.already {
				return
			}
			before++
			was, twice := false, false
			for i, l := range story {
				was = was || l.name == w.from && !twice
				twice = twice || l.name == w.to && i > 0 && story[i-1].name == w.to
			}
			if was {
				t.Fatalf("%s after %s", in.Verdict, names(story))
			}
		})
	}
	if before < 100 {
		t.Errorf("%d stories of what was %s before", before, w.to)
	}
}
