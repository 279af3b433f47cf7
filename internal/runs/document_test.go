package runs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"zenstop/internal/power"
	"zenstop/internal/runs"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const good = `{"run":"request-1","trigger":{"kind":"request","id":"1","name":"zenstop","time":"2026-11-22T19:00:00Z","reason":""},
"action":"stop","dryRun":false,"startedAt":"2026-11-22T19:00:01Z","deadline":"2026-11-22T19:30:01Z","outcome":"WAITING","waitSeconds":5,"next":"stop","checks":0,
"planned":true,"memory":{"maxInstances":100},"instances":[{"id":"a","name":"","before":"RUNNING","status":"RUNNING","requests":0,"verdict":"","seconds":0}],"counts":{},"summary":""}`

func TestADocumentThatIsNotOneIsAnError(t *testing.T) {
	if _, err := runs.Decode([]byte(good)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	cases := map[string][2]string{
		"unknown outcome":     {`"WAITING"`, `"DONE"`},
		"odd verdict":         {`"verdict":""`, `"verdict":"stopped!"`},
		"bad name":            {`"request-1"`, `"a b"`},
		"empty id":            {`"id":"a"`, `"id":""`},
		"id twice":            {`"instances":[`, `"instances":[{"id":"a","verdict":""},`},
		"no deadline":         {`"deadline":"2026-11-22T19:30:01Z",`, ``},
		"deadline before":     {`19:30:01Z`, `18:30:01Z`},
		"negative count":      {`"requests":0`, `"requests":-1`},
		"wrong type":          {`"checks":0`, `"checks":"0"`},
		"waiting dry run":     {`"dryRun":false`, `"dryRun":true`},
		"filter after a plan": {`"maxInstances":100`, `"maxInstances":100,"filter":{"zoneId":"A"}`},
		"empty filter":        {`"planned":true,"memory":{`, `"planned":false,"memory":{"filter":{},`},
	}
	for name, c := range cases {
		bad := strings.Replace(good, c[0], c[1], 1)
		if bad == good {
			t.Fatalf("%s: changes nothing", name)
		}
		if run, err := runs.Decode([]byte(bad)); err == nil {
			t.Errorf("%s: decoded as %+v", name, run)
		}
	}
}

func TestWhatIsUnknownInADocumentIsIgnored(t *testing.T) {
	newer := strings.Replace(good, `"checks":0`, `"checks":0,"checkOnly":false,"later":{"a":1}`, 1)
	newer = strings.Replace(newer, `"seconds":0`, `"seconds":0,"kept":"2026-11-22T22:00:00Z"`, 1)
	run, err := runs.Decode([]byte(newer))
	if err != nil || len(run.Instances) != 1 || *run.Memory.MaxInstances != 100 {
		t.Errorf("%+v, %v", run, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"instances":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := runs.Decode(data)
		if err != nil {
			return
		}
		doc, err := json.Marshal(run)
		if err != nil {
			t.Fatalf("a decoded document does not encode: %v", err)
		}
		again, err := runs.Decode(doc)
		if err != nil {
			t.Fatalf("an encoded document does not decode: %v", err)
		}
		if diff := cmp.Diff(run, again, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(power.Instance{})); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAVerdictOfTheNextReleaseIsNeitherOpenNorGood(t *testing.T) {
	run, err := runs.Decode([]byte(strings.Replace(good, `"verdict":""`, `"verdict":"LATER"`, 1)))
	if err != nil || run.Instances[0].Verdict == power.Open || run.Instances[0].Verdict.Good() {
		t.Errorf("%+v, %v", run.Instances, err)
	}
}

func TestADocumentWithoutNotesHasAnEmptyListOfThem(t *testing.T) {
	run, err := runs.Decode([]byte(good))
	if err != nil || run.Notes == nil || len(run.Notes) != 0 {
		t.Errorf("notes %#v, %v", run.Notes, err)
	}
}
