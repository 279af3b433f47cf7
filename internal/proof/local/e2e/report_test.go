package e2e

import (
	"strings"
	"testing"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

func TestTheReportGoesOutAsOneEventAndOneMessage(t *testing.T) {
	t.Parallel()
	box := listen(t, up, "report-test", "Instances Not Stopped")
	e := carryOut(t, up, request(`{"target":{"instanceIds":["bad-recycled","report-0001"]},"reason":"report test"}`))
	wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{"bad-recycled": power.Recycled, "report-0001": power.Stopped})

	got := box.of(t, e.Name)
	if len(got.events) != 1 || len(got.messages) != 1 {
		t.Fatalf("%d events and %d messages, want one of each", len(got.events), len(got.messages))
	}
	sent := got.events[0]
	if sent.DetailType != "Instances Not Stopped" || sent.Detail.Outcome != runs.OutcomeFailed || len(sent.Detail.Instances) != 2 {
		t.Errorf("event %+v", sent)
	}
	message := got.messages[0]
	if want := "zenstop FAILED: " + e.Name; message.Subject != want {
		t.Errorf("subject %q, want %q", message.Subject, want)
	}
	for _, part := range []string{e.Run.Summary, "bad-recycled  bad-recycled  RECYCLED  last seen RECYCLE"} {
		if !strings.Contains(message.Message, part) {
			t.Errorf("message %q lacks %q", message.Message, part)
		}
	}
	if strings.Contains(message.Message, "report-0001") {
		t.Errorf("message %q names an instance that did stop", message.Message)
	}
}
