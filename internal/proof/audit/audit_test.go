package audit_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/audit"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// stories are requests that end well in a calm account, and what they come to.
func stories(t *testing.T) map[string]map[string]audit.History {
	t.Helper()
	at := begins.Add(12 * time.Hour)
	with := func(change func(*runs.Request)) runs.Request {
		req := request()
		change(&req)
		return req
	}
	return map[string]map[string]audit.History{
		"a stop, and a run that comes back": carryOut(t, request(), fleet()...),
		"a warned stop":                     carryOut(t, with(func(r *runs.Request) { r.Warn = 20 * time.Minute }), fleet()...),
		"a stop that is started again":      carryOut(t, with(func(r *runs.Request) { r.StartAt = &at }), fleet()...),
		"a start":                           carryOut(t, with(func(r *runs.Request) { r.Action = power.Start }), fleet()...),
		"a dry run":                         carryOut(t, with(func(r *runs.Request) { r.DryRun = true }), fleet()...),
		"a check":                           carryOut(t, with(func(r *runs.Request) { r.CheckOnly = true }), fleet()...),
		"a refused one":                     carryOut(t, with(func(r *runs.Request) { r.MaxInstances = 1 }), many(3)...),
		"one of which no end is seen":       carryOut(t, request(), cloud.Instance{ID: "slow", Status: "RUNNING", StopTakes: 10 * time.Hour}),
		"one in the recycle bin":            carryOut(t, request(), cloud.Instance{ID: "gone", Status: "RECYCLE"}),
		"a keep that ends meanwhile": carryOut(t, request(), cloud.Instance{ID: "slow", Status: "RUNNING", StopTakes: 10 * time.Minute}, cloud.Instance{
			ID: "kept", Status: "RUNNING", StopTakes: time.Minute, Tags: []zenlayer.Tag{{Key: "zenstop-keep-until", Value: begins.Add(2 * time.Minute).Format(time.RFC3339)}},
		}),
		"a large one": carryOut(t, request(), many(1100)...),
	}
}

func TestATrueHistoryBearsAllThatItsRunSays(t *testing.T) {
	applied := map[string]int{}
	for name, all := range stories(t) {
		for run := range all {
			if strings.Contains(run, "-part-") {
				continue
			}
			j := judged(all, run)
			for _, f := range j.Findings {
				t.Errorf("%s: %s", name, f)
			}
			for rule, n := range j.Applied {
				applied[rule] += n
			}
		}
	}
	for _, rule := range audit.Rules() {
		if applied[rule] == 0 {
			t.Errorf("no history came to the rule %q", rule)
		}
	}
}

func TestEveryInstanceOfAHistoryHasAClaimWithItsTimes(t *testing.T) {
	all := carryOut(t, request(), fleet()...)
	j := judged(all, "request-1")
	if len(j.Claims) != 4 {
		t.Fatalf("%d claims", len(j.Claims))
	}
	for _, c := range j.Claims {
		if c.Verdict == "" || c.First.IsZero() || c.Last.Before(c.First) || c.Last.After(all["request-1"].Ended) {
			t.Errorf("%+v", c)
		}
	}
}

// The local AWS keeps no arguments of Task states.
func TestAHistoryWithoutWhatWasSentIsJudgedByTheRestAndThePageSaysSo(t *testing.T) {
	for name, all := range stories(t) {
		for run, h := range all {
			h.Steps = slices.Clone(h.Steps)
			for i := range h.Steps {
				h.Steps[i].Asked = nil
			}
			all[run] = h
		}
		j := judged(all, "request-1")
		for _, f := range j.Findings {
			t.Errorf("%s: %s", name, f)
		}
		var out bytes.Buffer
		if err := audit.Page(&out, all["request-1"], j); err != nil || !j.Unsent || !strings.Contains(out.String(), "does not have what was sent") {
			t.Errorf("%s: %v, %s", name, err, out.String())
		}
	}
	none := carryOut(t, request(), fleet()...)["request-1"]
	none.Steps = slices.Clone(none.Steps)
	for i := range none.Steps {
		none.Steps[i].Asked = nil
	}
	without("ComeBack", 1)(t, &none)
	if j := audit.Judge(none, nil); !slices.Contains(j.Broken(), "what was kept or stopped is handed on") {
		t.Error(j.Findings)
	}
}

// falsified is a history after somebody has changed it.
type falsified struct {
	of     string // a story
	run    string
	change func(*testing.T, *audit.History)
	breaks string // a rule
}

func TestAFalsifiedHistoryIsRefused(t *testing.T) {
	all := stories(t)
	const (
		stop, warned, again, start = "a stop, and a run that comes back", "a warned stop", "a stop that is started again", "a start"
		whole, once, follows       = "the history is whole", "every instance has one verdict", "each verdict follows from the answers"
		guards, timely             = "nothing was asked for that the guards forbid", "nothing was asked for before its time, or after it"
		report, goesOn             = "the report tells the same", "what was kept or stopped is handed on"
	)
	cases := map[string]falsified{
		"a verdict changed in the end":                    {stop, "request-1", inTheEnd(row("kept", "verdict", "STOPPED")), follows},
		"a verdict changed from the first":                {stop, "request-1", everywhere(row("kept", "verdict", "STOPPED")), follows},
		"a failure made a success":                        {"one of which no end is seen", "request-1", inTheEnd(row("slow", "verdict", "STOPPED"), top("outcome", "STOPPED")), follows},
		"a look removed":                                  {stop, "request-1", without("CheckStatus", 1), whole},
		"all looks but the last one removed, and patched": {stop, "request-1", onlyTheLastLook, follows},
		"a stop before its time":                          {warned, "request-1", earlier("Stop", 19*time.Minute), timely},
		"a stop after the deadline":                       {stop, "request-1", everywhere(top("deadline", "2026-11-24T19:00:01Z")), timely},
		"a stop after the time of the start":              {again, "request-1", everywhere(top("startAt", "2026-11-24T19:00:01Z")), timely},
		"a start before its time":                         {again, "request-1-start", everywhere(top("startAt", "2026-11-25T17:00:00Z")), timely},
		"a state that goes back in time":                  {stop, "request-1", earlier("Report", time.Hour), whole},
		"a state that is missing":                         {stop, "request-1", without("Wait", 1), whole},
		"a stop in a dry run":                             {stop, "request-1", everywhere(top("dryRun", true)), guards},
		"a stop in a check":                               {stop, "request-1", everywhere(top("checkOnly", true)), guards},
		"a protected machine that was asked":              {stop, "request-1", asked("safe"), guards},
		"a machine that was off and was asked":            {stop, "request-1", asked("off"), guards},
		"a kept machine that was asked":                   {stop, "request-1", asked("kept"), guards},
		"more than the limit":                             {stop, "request-1", everywhere(within("memory", "maxInstances", 0.0)), guards},
		"a request that no call made":                     {stop, "request-1", from("CheckStatus", row("up", "requests", 2.0)), guards},
		"a stop in a refused run":                         {stop, "request-1", inTheEnd(top("outcome", "REFUSED")), guards},
		"an instance left out of the report":              {stop, "request-1", inTheEnd(without1("up")), once},
		"an instance twice in the report":                 {stop, "request-1", inTheEnd(twice("up")), once},
		"counts that are others":                          {stop, "request-1", inTheEnd(within("counts", "STOPPED", 3.0)), once},
		"a summary with another number":                   {stop, "request-1", inTheEnd(top("summary", "2 of 4 instances stopped.")), report},
		"a bad outcome made a good one":                   {"one of which no end is seen", "request-1", inTheEnd(top("outcome", "STOPPED")), report},
		"an event with another document":                  {stop, "request-1", sends("SendStopped", `"verdict":"STOPPED"`, `"verdict":"RUNNING"`), report},
		"an event of another kind":                        {stop, "request-1", sends("SendStopped", "Instances Stopped", "Stop Planned"), report},
		"a message with another summary":                  {stop, "request-1", sends("NotifyStopped", "stopped", "started"), report},
		"a message with another outcome":                  {stop, "request-1", sends("NotifyStopped", `"StringValue":"STOPPED"`, `"StringValue":"FAILED"`), report},
		"a warning that names nobody":                     {warned, "request-1", sends("Warn", `up`, `down`), "nothing was stopped that no warning named"},
		"a warning that came late":                        {warned, "request-1", later("Warn", 15*time.Minute), "nothing was stopped that no warning named"},
		"no warning":                                      {warned, "request-1", without("Warn", 1), "nothing was stopped that no warning named"},
		"nobody comes back":                               {stop, "request-1", without("ComeBack", 1), goesOn},
		"nobody starts again":                             {again, "request-1", without("ComeBack", 2), goesOn},
		"another is started again":                        {again, "request-1", sends("ComeBack", `"up"`, `"off"`), goesOn},
		"one look proves RUNNING":                         {start, "request-1", shorter("CheckStatus"), follows},
		"the last call showed something else":             {stop, "request-1", lastShows("up", "BOOTING"), "what is reported as reached was so in the last look"},
		"a verdict that comes and goes":                   {stop, "request-1", from("Stop", row("safe", "verdict", "")), "a verdict is taken back only for what was shown since"},
		"MISSING at once":                                 {"one in the recycle bin", "request-1", everywhere(seen("gone", "verdict", "MISSING"), seen("gone", "note", "")), follows},
		"counts of parts that are others":                 {"a large one", "request-1", inTheEnd(func(d object) { d["counts"] = object{"STOPPED": 1099.0, "TIMED_OUT": 1.0} }), once},
	}
	broken := map[string]bool{}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			some := maps.Clone(all[c.of])
			h := some[c.run]
			h.Steps = slices.Clone(h.Steps)
			c.change(t, &h)
			some[c.run] = h
			j := judged(some, c.run)
			if !slices.Contains(j.Broken(), c.breaks) {
				t.Errorf("breaks %q, want %q: %v", j.Broken(), c.breaks, j.Findings)
			}
			for _, rule := range j.Broken() {
				broken[rule] = true
			}
		})
	}
	for _, rule := range audit.Rules() {
		if !broken[rule] {
			t.Errorf("no falsified history breaks the rule %q", rule)
		}
	}
}

func TestThePageSaysWhatTheRunClaimsAndWhetherItIsBorneOut(t *testing.T) {
	all := carryOut(t, request(), fleet()...)
	h := all["request-1"]
	page := func() string {
		var out bytes.Buffer
		if err := audit.Page(&out, h, audit.Judge(h, nil)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, says := range []string{"Run request-1, judged by its history alone", "up        STOPPED", "safe      PROTECTED", "BORNE OUT: the history shows all that the run says."} {
		if !strings.Contains(page(), says) {
			t.Errorf("the page does not say %q:\n%s", says, page())
		}
	}
	h.Steps = slices.Clone(h.Steps)
	inTheEnd(row("safe", "verdict", "STOPPED"))(t, &h)
	if !strings.Contains(page(), "NOT BORNE OUT  each verdict follows from the answers: request-1: safe is STOPPED in the report, and the last call said PROTECTED") {
		t.Error(page())
	}
}

type object = map[string]any

// edit changes the documents that the steps from this one on hand on, and those that the next
// ones are given.
func edit(t *testing.T, h *audit.History, from int, change ...func(object)) {
	t.Helper()
	known := map[string]json.RawMessage{}
	changed := func(text json.RawMessage) json.RawMessage {
		if is, ok := known[string(text)]; ok || len(text) == 0 {
			return is
		}
		var doc object
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		for _, c := range change {
			c(doc)
		}
		is, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		known[string(text)] = is
		return is
	}
	if from < 0 {
		h.Input = changed(h.Input)
	}
	for i := max(from, 0); i < len(h.Steps); i++ {
		if i > from {
			h.Steps[i].Input = changed(h.Steps[i].Input)
		}
		h.Steps[i].Output = changed(h.Steps[i].Output)
	}
	h.Output = changed(h.Output)
}

// find is the place of the nth step of a state, from 1 on.
func find(t *testing.T, h *audit.History, state string, n int) int {
	t.Helper()
	for i := range h.Steps {
		if h.Steps[i].State == state {
			if n--; n == 0 {
				return i
			}
		}
	}
	t.Fatalf("there is no such step %s", state)
	return 0
}

type change = func(*testing.T, *audit.History)

func everywhere(c ...func(object)) change {
	return func(t *testing.T, h *audit.History) { edit(t, h, -1, c...) }
}

func from(state string, c ...func(object)) change {
	return func(t *testing.T, h *audit.History) { edit(t, h, find(t, h, state, 1), c...) }
}

func inTheEnd(c ...func(object)) change { return from("Report", c...) }

func top(field string, value any) func(object) { return func(d object) { d[field] = value } }

// within changes a member of a member.
func within(member, field string, value any) func(object) {
	return func(d object) {
		of, _ := d[member].(object)
		of[field] = value
	}
}

func rows(d object) []any { all, _ := d["instances"].([]any); return all }

// row changes a field of an instance.
func row(id, field string, value any) func(object) {
	return func(d object) {
		for _, r := range rows(d) {
			if of, _ := r.(object); of["id"] == id {
				of[field] = value
			}
		}
	}
}

// seen is row where it has a verdict.
func seen(id, field string, value any) func(object) {
	return func(d object) {
		for _, r := range rows(d) {
			if of, _ := r.(object); of["id"] == id && of["verdict"] != "" {
				of[field] = value
			}
		}
	}
}

func without1(id string) func(object) {
	return func(d object) {
		d["instances"] = slices.DeleteFunc(rows(d), func(r any) bool { of, _ := r.(object); return of["id"] == id })
	}
}

func twice(id string) func(object) {
	return func(d object) {
		for _, r := range rows(d) {
			if of, _ := r.(object); of["id"] == id {
				d["instances"] = append(rows(d), r)
			}
		}
	}
}

// without leaves a step out.
func without(state string, n int) change {
	return func(t *testing.T, h *audit.History) {
		i := find(t, h, state, n)
		h.Steps = slices.Delete(h.Steps, i, i+1)
	}
}

func earlier(state string, by time.Duration) change { return later(state, -by) }

func later(state string, by time.Duration) change {
	return func(t *testing.T, h *audit.History) {
		i := find(t, h, state, 1)
		h.Steps[i].Entered, h.Steps[i].Left = h.Steps[i].Entered.Add(by), h.Steps[i].Left.Add(by)
	}
}

// sends changes what a step has sent.
func sends(state, old, is string) change {
	return func(_ *testing.T, h *audit.History) {
		for i := range h.Steps {
			if h.Steps[i].State == state {
				h.Steps[i].Asked = bytes.ReplaceAll(h.Steps[i].Asked, []byte(old), []byte(is))
			}
		}
	}
}

// asked lets a round of requests have named an instance.
func asked(id string) change { return from("Stop", row(id, "requests", 1.0)) }

// onlyTheLastLook leaves all checks out but the last one, and gives what was handed on to the next.
func onlyTheLastLook(t *testing.T, h *audit.History) {
	last := 0
	for i := range h.Steps {
		if h.Steps[i].State == "CheckStatus" {
			last = i
		}
	}
	stop := find(t, h, "Stop", 1)
	h.Steps = slices.Delete(h.Steps, stop+1, last)
	h.Steps[stop+1].Input = h.Steps[stop].Output
	edit(t, h, stop, func(d object) { d["checks"] = 0.0 })
	edit(t, h, stop+1, func(d object) { d["checks"] = 1.0 })
}

// shorter lets no time pass between the checks.
func shorter(state string) change {
	return func(_ *testing.T, h *audit.History) {
		var at time.Time
		for i := range h.Steps {
			s := &h.Steps[i]
			if at.IsZero() && s.State == state {
				at = s.Entered
			}
			if !at.IsZero() {
				s.Entered, s.Left = at, at
			}
		}
	}
}

// lastShows lets the last call show another status, and no document after it.
func lastShows(id, status string) change {
	return func(t *testing.T, h *audit.History) {
		last := 0
		for i := range h.Steps {
			if h.Steps[i].State == "CheckStatus" {
				last = i
			}
		}
		edit(t, h, last, row(id, "status", status))
	}
}
