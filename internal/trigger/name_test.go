package trigger_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zenstop/internal/trigger"
	"zenstop/internal/trigger/hostile"
)

var executionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// The hashes were computed with sha256sum.
func TestARunIsNamedAfterItsEvent(t *testing.T) {
	named := func(source, id string) string {
		text, _ := json.Marshal(id) //nolint:errchkjson // a string
		payload := fmt.Appendf(nil, `{"id":%s,"source":%q,"detail-type":"Stop Instances Requested","time":"2026-11-22T19:00:00Z","detail":{}}`, text, source)
		return trigger.Decode(payload, stack(), now).Request.Run
	}
	for _, c := range []struct{ source, id, want string }{
		{"zenstop", "7bf73129-1428-4cd3-a780-95db273d1602", "request-7bf73129-1428-4cd3-a780-95db273d1602"},
		{"zenstop.schedule", "d32c5kddcf5bb8c3", "schedule-d32c5kddcf5bb8c3"},
		{"zenstop.schedule", "arn:aws:scheduler:us-east-1:123456789012:schedule/default/zenstop-1 2026-11-22T19:00:00Z", "schedule-b45ed0384c123c42a5b825e38eefec0d"},
		{"zenstop.schedule", "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>", "schedule-268ac885ab243937bcef993adb9af76c"},
		{"other", "a", "unknown-a"},
		{"zenstop", strings.Repeat("a", 56), "request-" + strings.Repeat("a", 56)},
		{"zenstop", strings.Repeat("a", 57), "request-f13b2d724659eb3bf47f2dd6af1accc8"},
		{"zenstop", "a b", "request-c8687a08aa5d6ed2044328fa6a697ab8"},
	} {
		if got := named(c.source, c.id); got != c.want {
			t.Errorf("source %s, id %q: named %s, want %s", c.source, c.id, got, c.want)
		}
	}
}

func TestAnEventWithoutAnIDIsNamedByItsBytes(t *testing.T) {
	a := trigger.Decode([]byte(`{"detail":1}`), stack(), now).Request.Run
	b := trigger.Decode([]byte(`{"detail":2}`), stack(), now).Request.Run
	if a == b || !regexp.MustCompile(`^unknown-[0-9a-f]{32}$`).MatchString(a) {
		t.Errorf("named %s and %s", a, b)
	}
}

func TestEveryDeliveryOfAnEventNamesTheSameRun(t *testing.T) {
	events := hostile.Events()
	rapid.Check(t, func(t *rapid.T) {
		id, _ := json.Marshal(rapid.String().Draw(t, "id")) //nolint:errchkjson // a string
		source := rapid.SampledFrom([]string{"zenstop", "zenstop.schedule", "aws.cloudwatch", "x"}).Draw(t, "source")
		payload := fmt.Appendf(nil, `{"id":%s,"source":%q,"detail-type":"Stop Instances Requested","time":"2026-11-22T19:00:00Z","detail":{}}`, id, source)
		if rapid.Bool().Draw(t, "hostile") {
			payload = []byte(rapid.SampledFrom(events).Draw(t, "event").Payload)
		}
		later := now.Add(time.Duration(rapid.Int64Range(0, 1e18).Draw(t, "later")))
		a, b := trigger.Decode(payload, stack(), now), trigger.Decode(payload, stack(), later)
		if a.Request.Run != b.Request.Run || !executionName.MatchString(a.Request.Run) {
			t.Errorf("names %q and %q", a.Request.Run, b.Request.Run)
		}
	})
}
