package statemachine

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

// load parses the definition, with each substitution replaced by its plain name.
func load(t testing.TB) *asl.Machine {
	t.Helper()
	m, err := asl.Parse(Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// object is JSON as Go decodes it.
type object = map[string]any

// began is when the sample runs start; they last an hour.
var began = time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)

// newRun is the document of a run that was just claimed, as the event makes it.
func newRun(t testing.TB, ids ...string) object {
	t.Helper()
	doc, ok := plain(t, runs.New(runs.Request{
		Action: power.Stop,
		Name:   "request-" + strings.Repeat("a", 64), Timeout: time.Hour, MaxInstances: 5000, Target: runs.Target{InstanceIDs: ids},
	}, began)).(object)
	if !ok {
		t.Fatal("a run document is no JSON object")
	}
	return doc
}

// planned is the document of a run on its way, with instances of these verdicts.
func planned(t testing.TB, verdicts ...power.Verdict) object {
	t.Helper()
	rows := make([]any, len(verdicts))
	counts := object{}
	for i, v := range verdicts {
		rows[i] = row(i, v)
		if v != power.Open {
			n, _ := counts[string(v)].(float64)
			counts[string(v)] = n + 1
		}
	}
	return with(newRun(t), object{"planned": true, "next": "wait", "waitSeconds": 7.0, "instances": rows, "counts": counts, "memory": object{"maxInstances": 5.0}})
}

// ended is the document of a run that has come to this outcome.
func ended(doc object, outcome runs.Outcome) object {
	return with(doc, object{"outcome": string(outcome), "next": "report", "waitSeconds": 0.0})
}

// row is an instance; its number decides what is peculiar to it.
func row(n int, verdict power.Verdict) object {
	r := object{
		"id": fmt.Sprintf("i-%04d", n), "name": []string{"", "web 1", "dätabase 💡"}[n%3], "before": "RUNNING",
		"status": []string{"RUNNING", "", "STOPPED", "STOPPING"}[n%4], "requests": float64(n % 3), "verdict": string(verdict), "seconds": float64(n % 500),
	}
	if n%5 == 1 {
		r["note"] = "never seen; ünstable"
	}
	if n%2 == 0 {
		r["memory"] = object{"a": 1795374000.0, "d": []any{"a", 1.0, 1795374000.0}}
	}
	return r
}

// with is the document with some fields changed.
func with(doc, changed object) object {
	doc = maps.Clone(doc)
	maps.Copy(doc, changed)
	return doc
}

// repeat is a verdict for each of n instances.
func repeat(n int, verdicts ...power.Verdict) []power.Verdict {
	all := make([]power.Verdict, n)
	for i := range all {
		all[i] = verdicts[i%len(verdicts)]
	}
	return all
}

// documents are the inputs that expressions are tried on.
func documents(t testing.TB) map[string]object {
	t.Helper()
	every := power.Verdicts()
	all := map[string]object{
		"just claimed, one id":               newRun(t, "i-1"),
		"just claimed, 1,200 ids":            newRun(t, manyIDs(1200, 20)...),
		"just claimed, a filter":             with(newRun(t), object{"memory": object{"maxInstances": 5.0, "filter": object{"zoneId": "HKG-A"}}}),
		"one open instance":                  planned(t, power.Open),
		"one good instance":                  planned(t, power.Stopped),
		"one bad instance":                   planned(t, power.Missing),
		"every verdict":                      planned(t, append(every, power.Open)...),
		"all good":                           planned(t, power.Stopped, power.AlreadyStopped, power.Protected),
		"a stop is due":                      with(planned(t, power.Open, power.Open), object{"next": "stop"}),
		"1,000 open instances":               planned(t, repeat(1000, power.Open)...),
		"1,000 instances of every verdict":   planned(t, repeat(1000, every...)...),
		"a large run that is planned":        largeRun(t, 2, 9000),
		"a part that is not planned":         partRun(t, part(2, 2, 9000)),
		"a part of 1,000 instances":          partRun(t, part(2, 1000, 90_000)),
		"a part that is decided":             ended(with(planned(t, power.Stopped, power.TimedOut), object{"part": 2.0}), runs.OutcomeFailed),
		"a long summary":                     with(planned(t, power.Missing), object{"summary": strings.Repeat("ä💡x", 300), "notes": []any{"a note"}}),
		"a report that leaves instances out": with(ended(planned(t, power.Missing), runs.OutcomeFailed), object{"omitted": 700.0, "counts": object{"STOPPED": 700.0, "MISSING": 1.0}}),
		"a keep that has ended":              keepEnded(t),
		"rows that name nobody":              with(planned(t, power.Stopped), object{"nameless": 2.0}),
		"a warning that is due":              warned(t),
		"a warned run that holds":            with(warned(t), object{"next": "hold"}),
	}
	for _, outcome := range outcomes() {
		all["ended "+string(outcome)] = ended(planned(t, power.Stopped, power.Recycled, power.Kept), outcome)
	}
	return all
}

// manyIDs are ids of this length.
func manyIDs(n, length int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%0*d", length, i)
	}
	return ids
}

// part is what the plan of a large run says of one part, which may return so many bytes.
func part(number, instances, room int) object {
	statuses := map[string][]any{}
	for _, id := range manyIDs(instances, 64) {
		status := []string{"RUNNING", "STOPPED", ""}[len(statuses)%3]
		statuses[status] = append(statuses[status], id)
	}
	all := object{}
	for status, ids := range statuses {
		all[status] = ids
	}
	return object{"run": fmt.Sprintf("request-1-part-%d", number), "maxInstances": 5.0, "room": float64(room), "sharers": 2.0, "statuses": all}
}

// largeRun is the document of a planned run with this many parts of 3 instances.
func largeRun(t testing.TB, parts, room int) object {
	t.Helper()
	var all []any
	for n := range parts {
		all = append(all, part(n+1, 3, room))
	}
	return with(newRun(t), object{"run": "request-1", "planned": true, "next": "parts", "notes": []any{"a note of the plan"}, "memory": object{"maxInstances": 5.0, "parts": all}})
}

// partRun is what the child execution of a part of such a run starts with.
func partRun(t testing.TB, of object) object {
	t.Helper()
	return with(largeRun(t, 0, 0), object{"run": of["run"], "part": 2.0, "planned": false, "next": "plan", "memory": object{"part": of}})
}

// plain is a value as JSON shows it.
func plain(t testing.TB, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var p any
	unmarshal(t, text, &p)
	return p
}

func decode(t testing.TB, text []byte) object {
	t.Helper()
	var doc object
	unmarshal(t, text, &doc)
	return doc
}

func unmarshal(t testing.TB, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// keepEnded is the document of a run in which the keep of one of two open instances has ended.
func keepEnded(t testing.TB) object {
	t.Helper()
	doc := planned(t, power.Open, power.Open)
	rows(doc)[1]["memory"] = object{"k": float64(began.Unix())}
	return doc
}
