package power

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAMemoryComesOutOfADocumentAsItWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count, second, is := rapid.IntRange(0, 1000), rapid.Int64Range(0, 1<<40), rapid.Bool()
		m := Memory{
			AskedAt: second.Draw(t, "asked"), WasNear: is.Draw(t, "up"), CameBack: is.Draw(t, "came up"), Fars: rapid.IntRange(0, 2).Draw(t, "downs"), Went: is.Draw(t, "down"),
			Failures: count.Draw(t, "failures"), FailedAt: second.Draw(t, "failed"), Rejections: rapid.IntRange(0, 2).Draw(t, "rejections"),
			MaxBatch: count.Draw(t, "batch"), KeepEnded: second.Draw(t, "keep"), Unmatched: is.Draw(t, "unmatched"), LeftOver: is.Draw(t, "left over"), Spared: is.Draw(t, "spared"),
		}
		if is.Draw(t, "doubt") {
			of := rapid.SampledFrom([]string{DoubtAbsent, DoubtRejected, DoubtUnreadable, DoubtReached, DoubtBack, DoubtRecycled, DoubtFailed})
			m.Doubt = &Doubt{of.Draw(t, "of"), count.Draw(t, "count"), second.Draw(t, "since")}
		}
		text, err := json.Marshal(m)
		var got Memory
		if err != nil || json.Unmarshal(text, &got) != nil {
			t.Fatalf("%s, %v", text, err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	})
}

func TestAMemoryThatCannotBeReadIsAnError(t *testing.T) {
	for _, text := range []string{`{"a":"x"}`, `[]`, `{"d":["q",1,0]}`, `{"d":{"c":1}}`} {
		if m := (Memory{}); json.Unmarshal([]byte(text), &m) == nil {
			t.Errorf("%s is read as %+v", text, m)
		}
	}
}

func TestTheLeastOfACountShowsANegativeOne(t *testing.T) {
	for want, m := range map[int]Memory{
		0: {Failures: 3, MaxBatch: 0}, -1: {Failures: -1}, -2: {Failures: 1, MaxBatch: -2}, -3: {Failures: 1, MaxBatch: 1, Doubt: &Doubt{Count: -3}}, 1: {Failures: 1, MaxBatch: 2, Doubt: &Doubt{Count: 5}},
	} {
		if got := m.Least(); got != want {
			t.Errorf("%+v: %d, want %d", m, got, want)
		}
	}
}
