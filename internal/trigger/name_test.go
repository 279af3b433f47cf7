package trigger_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zenstop/internal/proof/hostile"
	"zenstop/internal/trigger"
)

var executionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,54}$`)

// The hashes were computed with sha256sum.
func TestARunIsNamedAfterItsEvent(t *testing.T) {
	for _, c := range []struct{ source, id, want string }{
		{"zenstop", "7bf73129-1428-4cd3-a780-95db273d1602", "request-7bf73129-1428-4cd3-a780-95db273d1602"},
		{"zenstop.schedule", "d32c5kddcf5bb8c3", "schedule-d32c5kddcf5bb8c3"},
		{"zenstop.schedule", "arn:aws:scheduler:us-east-1:123456789012:schedule/default/zenstop-1 2026-11-22T19:00:00Z", "schedule-b45ed0384c123c42a5b825e38eefec0d"},
		{"zenstop.schedule", "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>", "schedule-268ac885ab243937bcef993adb9af76c"},
		{"other", "a", "unknown-a"},
		{"zenstop", strings.Repeat("a", 46), "request-" + strings.Repeat("a", 46)},
		{"zenstop", strings.Repeat("a", 47), "request-11eaed932c6c6fddfc2efc394e609fac"},
		{"zenstop", "a b", "request-c8687a08aa5d6ed2044328fa6a697ab8"},
	} {
		if got := named(c.source, c.id); got != c.want {
			t.Errorf("source %s, id %q: named %s, want %s", c.source, c.id, got, c.want)
		}
	}
}

// named is the run of an event with this id.
func named(source, id string) string {
	text, _ := json.Marshal(id) //nolint:errchkjson // a string
	payload := fmt.Appendf(nil, `{"id":%s,"source":%q,"detail-type":"Stop Instances Requested","time":"2026-11-22T19:00:00Z","detail":{}}`, text, source)
	return trigger.Decode(payload, stack(), now).Request.Name
}

// longest is the longest that the workflow puts behind the name of a run: a part of a
// large run, of that a run that comes back to the kept once more, and of that one which
// starts again. Parts have three digits and comebacks five at most: a document holds
// 60,000 ids, of which a part takes a hundred or more, and a run comes back at most
// once for each of its 1,000 instances and each of the times that one was put off.
const longest = "-part-999-kept-99999-start"

// Step Functions takes 80 characters at most. Source: the AWS page of StartExecution.
func TestTheNameOfARunHasRoomForEverySuffix(t *testing.T) {
	for n := range 200 {
		for _, source := range []string{"zenstop", "zenstop.schedule", "aws.cloudwatch"} {
			if run := named(source, strings.Repeat("x", n)); len(run+longest) > 80 {
				t.Errorf("%s has %d characters", run+longest, len(run+longest))
			}
		}
	}
}

var further = regexp.MustCompile(`-(part-\d+|kept(-\d+)?|start)$`)

func TestAnEventIDThatEndsLikeASuffixIsReplacedByItsHash(t *testing.T) {
	for _, id := range []string{"e-kept", "e-kept-2", "e-part-1", "e-part-1-kept", "e-part-10-kept-20", "e-part-10-kept-20-start", "e-start", "kept", "start", "part-1", "kept-7"} {
		if run := named("zenstop", id); !regexp.MustCompile(`^request-[0-9a-f]{32}$`).MatchString(run) {
			t.Errorf("the event %s names the run %s", id, run)
		}
	}
	for _, id := range []string{"e", "e-kept-by-me", "e-partial-1", "e-part", "starts", "e-start-1x", "7", "2026-11-22", "upkept"} {
		if run := named("zenstop", id); run != "request-"+id {
			t.Errorf("the event %s names the run %s", id, run)
		}
	}
}

// Else an event could take the name of a part of another run, say, which then would
// not start.
func TestNoEventNamesARunAsTheFurtherExecutionsOfAnotherAreNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9-]{0,10}(-part-\d{1,3})?(-kept(-\d{1,5})?)?(-start)?`).Draw(t, "id")
		if run := named("zenstop", id); further.MatchString(run) {
			t.Errorf("the event %s names the run %s", id, run)
		}
	})
}

func TestAnEventWithoutAnIDIsNamedByItsBytes(t *testing.T) {
	a := trigger.Decode([]byte(`{"detail":1}`), stack(), now).Request.Name
	b := trigger.Decode([]byte(`{"detail":2}`), stack(), now).Request.Name
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
		if a.Request.Name != b.Request.Name || !executionName.MatchString(a.Request.Name) {
			t.Errorf("names %q and %q", a.Request.Name, b.Request.Name)
		}
	})
}
