package shutdown_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zenstop/internal/shutdown"
)

const good = `{"run":"request-1","trigger":{"kind":"request","id":"1","name":"zenstop","time":"2026-11-22T19:00:00Z","reason":""},
"dryRun":false,"startedAt":"2026-11-22T19:00:01Z","deadline":"2026-11-22T19:30:01Z","outcome":"WAITING","waitSeconds":5,"stopDue":true,"checks":0,
"planned":true,"maxInstances":100,"instances":[{"id":"a","name":"","before":"RUNNING","status":"RUNNING","stopRequests":0,"verdict":"","seconds":0}],"counts":{},"summary":""}`

func TestADocumentThatIsNotOneIsAnError(t *testing.T) {
	if _, err := shutdown.Decode([]byte(good)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	cases := map[string][2]string{
		"unknown field":       {`"checks":0`, `"checks":0,"x":1`},
		"unknown outcome":     {`"WAITING"`, `"DONE"`},
		"unknown verdict":     {`"verdict":""`, `"verdict":"OK"`},
		"bad name":            {`"request-1"`, `"a b"`},
		"empty id":            {`"id":"a"`, `"id":""`},
		"id twice":            {`"instances":[`, `"instances":[{"id":"a","verdict":""},`},
		"no deadline":         {`"deadline":"2026-11-22T19:30:01Z",`, ``},
		"deadline before":     {`19:30:01Z`, `18:30:01Z`},
		"negative count":      {`"stopRequests":0`, `"stopRequests":-1`},
		"wrong type":          {`"checks":0`, `"checks":"0"`},
		"waiting dry run":     {`"dryRun":false`, `"dryRun":true`},
		"filter after a plan": {`"planned":true`, `"planned":true,"filter":{"zoneId":"A"}`},
		"empty filter":        {`"planned":true`, `"planned":false,"filter":{}`},
	}
	for name, c := range cases {
		bad := strings.Replace(good, c[0], c[1], 1)
		if bad == good {
			t.Fatalf("%s: changes nothing", name)
		}
		if run, err := shutdown.Decode([]byte(bad)); err == nil {
			t.Errorf("%s: decoded as %+v", name, run)
		}
	}
}

// The payload of Step Functions holds 262,144 bytes (AWS: Step Functions quotas).
func TestAThousandInstancesFitThePayloadFromStartToEnd(t *testing.T) {
	run := shutdown.New(request(), time.Now())
	run.Planned = true
	for n := range 1000 {
		run.Instances = append(run.Instances, shutdown.Instance{
			ID: fmt.Sprintf("1188223377889%06d", n), Name: fmt.Sprintf("compute-node-%04d.prod", n), Before: "RUNNING", Status: "RUNNING",
		})
	}
	parts := run.Split(time.Now())
	if len(parts) != 1 {
		t.Fatalf("%d parts, want 1", len(parts))
	}
	for i := range parts[0].Instances {
		in := &parts[0].Instances[i]
		in.Status, in.StopRequests, in.Verdict, in.Seconds, in.AskedAt, in.SeenStopping = "STOPPING", 3, shutdown.TimedOut, 43200, 1795374001, true
	}
	if doc, err := json.Marshal(parts[0]); err != nil || len(doc) > 250_000 {
		t.Errorf("%d bytes, error %v", len(doc), err)
	}
}

func TestTheLongestIdsAndNamesAreSplitSoonerAndLoseNobody(t *testing.T) {
	run := shutdown.New(request(), time.Now())
	run.Planned, run.MaxInstances = true, 5000
	for n := range 3000 {
		run.Instances = append(run.Instances, shutdown.Instance{
			ID: fmt.Sprintf("%064d", n), Name: strings.Repeat("\u2028", 64), Before: "CREATE_FAILED", Status: "RUNNING",
		})
	}
	total, room := 0, 0
	parts := run.Split(time.Now())
	for _, p := range parts {
		doc, err := json.Marshal(p)
		if err != nil || len(doc) > 262_144 {
			t.Errorf("%s has %d bytes, error %v", p.Run, len(doc), err)
		}
		total, room = total+len(p.Instances), room+p.MaxInstances
	}
	if total != 3000 || room != 5000 {
		t.Errorf("%d instances and a limit of %d in all, want 3000 and 5000", total, room)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"instances":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := shutdown.Decode(data)
		if err != nil {
			return
		}
		doc, err := json.Marshal(run)
		if err != nil {
			t.Fatalf("a decoded document does not encode: %v", err)
		}
		again, err := shutdown.Decode(doc)
		if err != nil {
			t.Fatalf("an encoded document does not decode: %v", err)
		}
		if diff := cmp.Diff(run, again, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(shutdown.Instance{})); diff != "" {
			t.Error(diff)
		}
	})
}
