package trigger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/proof/hostile"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

func TestTheObjectionToEveryHostileEventNamesTheFieldAndTheRule(t *testing.T) {
	names := map[string]bool{}
	for _, c := range hostile.Events() {
		if names[c.Name] {
			t.Errorf("two rows are named %s", c.Name)
		}
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			ev := trigger.Decode([]byte(c.Payload), stack(), now)
			if !strings.HasPrefix(ev.Objection, c.WantField) || !strings.Contains(ev.Objection, c.Want) {
				t.Errorf("objection %q\nwant it to begin with %q and to say %q", ev.Objection, c.WantField, c.Want)
			}
			if n := len([]rune(ev.Objection)); n > 600 || strings.ContainsFunc(ev.Objection, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("the message has %d characters, or is not one printable line: %q", n, ev.Objection)
			}
			if diff := cmp.Diff(runs.Target{}, ev.Request.Target); diff != "" || ev.Skipped != "" {
				t.Errorf("the event keeps a target, or is skipped %q: %s", ev.Skipped, diff)
			}
		})
	}
}

func TestAHostileDetailMeetsItsObjectionInAScheduleAsWell(t *testing.T) {
	for _, d := range hostile.Details() {
		ev := trigger.Decode(event("zenstop.schedule", hostile.Time, d.Detail), stack(), now)
		if !strings.HasPrefix(ev.Objection, d.WantField) || !strings.Contains(ev.Objection, d.Want) {
			t.Errorf("%s: objection %q, want %q", d.Name, ev.Objection, d.Want)
		}
	}
}

// This test has one message in full, so that a change of its wording is seen.
func TestTheMessageOfAMisspeltFieldListsTheKnownFields(t *testing.T) {
	ev := trigger.Decode(request(`{"target":{"instanceIds":["a"]},"dryrun":true}`), stack(), now)
	want := `detail.dryrun: unknown field; the fields are target, reason, dryRun, checkOnly, maxInstances, timeoutMinutes, warnMinutes, startAt, startTime, startDays`
	if ev.Objection != want {
		t.Errorf("objection\n %s\nwant\n %s", ev.Objection, want)
	}
}

// withIDs is a request for these ids.
func withIDs(ids []string) []byte {
	return request(`{"target":{"instanceIds":["` + strings.Join(ids, `","`) + `"]}}`)
}

func TestDuplicateIDsCountOnce(t *testing.T) {
	ev := trigger.Decode(withIDs(slices.Repeat([]string{"same", "other"}, 50_000)), stack(), now)
	if diff := cmp.Diff([]string{"same", "other"}, ev.Request.Target.InstanceIDs); diff != "" || ev.Objection != "" {
		t.Error(diff, ev.Objection)
	}
}

func TestOneEventMayName10000IDsOf20CharactersAndOneMayNameTooMany(t *testing.T) {
	ids := make([]string, 11_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("bmc-%016d", i)
	}
	if ev := trigger.Decode(withIDs(ids[:10_000]), stack(), now); ev.Objection != "" || len(ev.Request.Target.InstanceIDs) != 10_000 {
		t.Errorf("10,000 ids: objection %q", ev.Objection)
	}
	ev := trigger.Decode(withIDs(ids), stack(), now)
	if want := "detail.target.instanceIds: has 11000 ids that take 259600 bytes"; !strings.HasPrefix(ev.Objection, want) || ev.Request.Target.InstanceIDs != nil {
		t.Errorf("11,000 ids: objection %q, want %q", ev.Objection, want)
	}
}
