package runs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
)

// A look has room for a few of those that wait for a second sighting: the one that has waited
// longest comes first.
func TestWhoWasSeenOnceLongestAgoIsLookedAtFirst(t *testing.T) {
	once := func(id string, since int64) power.Instance {
		return power.Instance{ID: id, Status: "STOPPED", Memory: power.Memory{Doubt: &power.Doubt{Of: power.DoubtReached, Count: 1, Since: since}}}
	}
	now := time.Unix(100, 0)
	run := Run{Action: power.Stop, Deadline: now.Add(time.Hour), Instances: []power.Instance{once("new", 90), once("old", 10), once("middle", 50)}}
	if busy, rest := run.toLookAt(now); len(busy) > 0 || !slices.Equal(ids(rest), []string{"old", "middle", "new"}) {
		t.Errorf("looks at %v, and then at %v", ids(busy), ids(rest))
	}
}

func TestALineOfAMessageEndsWithTheNoteWhereThereIsOne(t *testing.T) {
	for note, want := range map[string]string{
		"":             "i-1  web  REFUSED  last seen CREATE_FAILED",
		"it is broken": "i-1  web  REFUSED  last seen CREATE_FAILED  it is broken",
	} {
		run := Run{Action: power.Stop, Outcome: OutcomeFailed, Summary: "0 of 1 instance stopped.", Counts: map[power.Verdict]int{power.Refused: 1}, Instances: []power.Instance{
			{ID: "i-1", Name: "web", Status: "CREATE_FAILED", Verdict: power.Refused, Note: note},
		}}
		notice := run.notice(maxMessage)
		if lines := strings.Split(notice.Message, "\n"); !slices.Contains(lines, want) {
			t.Errorf("no line is %q: %q", want, lines)
		}
	}
}
