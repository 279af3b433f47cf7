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

// TestOneAnswerDecidesNothing walks every story of up to four sightings, 20 s apart, with
// an accepted stop request after any of them or none, and holds the verdict against what
// the contract says that it needs.
func TestOneAnswerDecidesNothing(t *testing.T) {
	stories := 0
	for length := 1; length <= 4; length++ {
		for asked := -1; asked < length-1; asked++ {
			every(length, func(story []look) {
				if asked >= 0 && story[asked].name != "RUNNING" {
					return // only what is RUNNING is asked to stop
				}
				stories++
				in, verdicts := play(story, asked)
				if why := in.unfounded(story, verdicts, asked); why != "" {
					t.Fatalf("%s after %s, asked after %d: %s", in.Verdict, names(story), asked, why)
				}
			})
		}
	}
	if stories < 10_000 {
		t.Errorf("%d stories", stories)
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
func play(story []look, asked int) (*Instance, []Verdict) {
	in := &Instance{ID: "i"}
	var verdicts []Verdict
	for n, l := range story {
		if in.Verdict == Open || in.Verdict.Reached() {
			in.Observe(l.is, Rules{Action: Stop, ProtectTagKey: tag}, at(20*n))
		}
		if n == asked && Stop.Wants(in) {
			in.accepted(at(20*n + 1))
		}
		verdicts = append(verdicts, in.Verdict)
	}
	return in, verdicts
}

// unfounded says why the verdict does not follow from the story, or nothing. It is the
// contract's table once more, and shares nothing with the rules.
func (in *Instance) unfounded(story []look, verdicts []Verdict, asked int) string {
	n := len(story)
	for n > 1 && !in.Verdict.Reached() && in.Verdict != Open && verdicts[n-2] == in.Verdict {
		n-- // when it was given
	}
	last := func(k int, any ...string) bool {
		return n >= k && !slices.ContainsFunc(story[n-k:n], func(l look) bool { return !slices.Contains(any, l.name) })
	}
	down := func(l look) bool { return l.name == "STOPPED" || l.name == "STOPPING" }
	went := false
	for i := range n {
		twice := i > 0 && down(story[i]) && down(story[i-1])
		booted := i > 0 && story[i].name == "BOOTING" && down(story[i-1])
		went = went || twice || booted || down(story[i]) && asked >= 0 && i > asked && in.Requests > 0
	}
	switch in.Verdict {
	case Stopped, AlreadyStopped:
		return in.notStopped(story[:n])
	case Restarted:
		if !last(2, "RUNNING") || !went {
			return "RESTARTED needs two sightings as RUNNING after it went down"
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
		if last(2, "STOPPED") || last(2, "RECYCLE") || last(2, "INSTALL_FAILED") || last(2, "RUNNING") && went {
			return "two sightings in a row decide it"
		}
		if last(1, "RUNNING") && !went && in.Requests == 0 && !Stop.Wants(in) {
			return "it is RUNNING, never went down, and is not asked to stop"
		}
	default:
		return "nothing in the story says so"
	}
	return ""
}

// notStopped checks that STOPPED was seen twice in a row, and nothing else after that but
// answers that do not show the instance.
func (in *Instance) notStopped(story []look) string {
	for len(story) > 0 && slices.Contains([]string{"absent", "refused", "unreadable"}, story[len(story)-1].name) {
		story = story[:len(story)-1]
	}
	n := len(story)
	if n < 2 || story[n-1].name != "STOPPED" {
		return "the last answer that shows it shows something else"
	}
	for i := 1; i < n; i++ {
		if story[i].name == "STOPPED" && story[i-1].name == "STOPPED" {
			return ""
		}
	}
	return "it was never seen STOPPED twice in a row"
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
// sightings without a stop request of which anybody knows: a function may have crashed after
// it. What was shown as RUNNING, and as STOPPED before that in one answer alone or in rows
// that cannot be read, was stopped by this run.
func TestOneAnswerDoesNotSayThatAnInstanceWasStoppedBefore(t *testing.T) {
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
			in, _ := play(story, -1)
			if in.Verdict != AlreadyStopped {
				return
			}
			before++
			ran, twice := false, false
			for i, l := range story {
				ran = ran || l.name == "RUNNING" && !twice
				twice = twice || l.name == "STOPPED" && i > 0 && story[i-1].name == "STOPPED"
			}
			if ran {
				t.Fatalf("ALREADY_STOPPED after %s", names(story))
			}
		})
	}
	if before < 100 {
		t.Errorf("%d stories of what was STOPPED before", before)
	}
}
