package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
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
		"a fleet of two":                  carryOut(t, request(), cloud.Instance{ID: "up", Status: "RUNNING", StopTakes: time.Minute}, cloud.Instance{ID: "later", Status: "RUNNING", StopTakes: 8 * time.Minute}),
		"one of two is slow":              carryOut(t, request(), cloud.Instance{ID: "up", Status: "RUNNING", StopTakes: time.Minute}, cloud.Instance{ID: "slow", Status: "RUNNING", StopTakes: 10 * time.Hour}),
		"a large one":                     carryOut(t, request(), many(1100)...),
		"a large one with a slow machine": carryOut(t, request(), oneIsSlow(many(1100), "i-bok")...),
	}
}

// oneIsSlow is a fleet in which one instance does not stop in time.
func oneIsSlow(fleet []cloud.Instance, id string) []cloud.Instance {
	i := slices.IndexFunc(fleet, func(in cloud.Instance) bool { return in.ID == id })
	fleet[i].StopTakes = 10 * time.Hour
	return fleet
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

// What AWS may do to a run, and the run says no more than it has seen.
func TestAnHonestRunThatMetTroubleIsBorneOut(t *testing.T) {
	died := &asl.Failure{Error: "States.Runtime", Cause: "The execution reached the maximum number of history events (25000)."}
	second := func(name string) bool { return strings.HasSuffix(name, "-part-2") }
	for name, in := range map[string]trouble{
		"a part that succeeds and is not heard of": {heard: notHeardOf(second)},
		"a part that dies": {call: func(run string, payload []byte) *asl.Failure {
			if second(run) && bytes.Contains(payload, []byte(`"checks":3`)) {
				return died
			}
			return nil
		}},
		"a run that dies": {call: func(run string, payload []byte) *asl.Failure {
			if run == "request-1" && bytes.HasPrefix(payload, []byte(`{"report"`)) {
				return died
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			all := carryOutIn(t, in, request(), many(1100)...)
			if j := judged(all, "request-1"); len(j.Findings) > 0 || len(j.Unjudged) > 0 {
				t.Error(j.Findings, j.Unjudged)
			}
		})
	}
}

// notHeardOf lets what such a part comes to be lost, and its name be taken when it is asked again.
func notHeardOf(such func(part string) bool) func(string, func() asl.End) (asl.End, *asl.Failure) {
	begun := map[string]bool{}
	return func(part string, end func() asl.End) (asl.End, *asl.Failure) {
		switch {
		case !such(part):
			return end(), nil
		case begun[part]:
			return asl.End{}, cloud.NameTaken(part)
		}
		begun[part] = true
		end()
		return asl.End{}, &asl.Failure{Error: "States.Timeout", Cause: "no answer"}
	}
}

// A part that the report knows, and whose history is gone, is no reason to say that the run lies.
func TestWhatTheHistoryDoesNotHaveIsNotJudgedAndThePageSaysSo(t *testing.T) {
	large := carryOut(t, request(), many(1100)...)["request-1"]
	under := carryOut(t, request(), fleet()...)["request-1"]
	under.Steps, under.Status, under.Ended, under.Output = under.Steps[:5], "", time.Time{}, nil
	for name, h := range map[string]audit.History{"the history of the part request-1-part-1 is not there": large, "the run has not ended": under} {
		j := audit.Judge(h, nil)
		var out bytes.Buffer
		if err := audit.Page(&out, h, j); err != nil || len(j.Findings) > 0 || !strings.Contains(out.String(), "NOT JUDGED     "+name) || strings.Contains(out.String(), "BORNE OUT") {
			t.Errorf("%v, %v\n%s", err, j.Findings, out.String())
		}
	}
}

// A look takes instances that have a verdict along only where a call has room for them. What the
// page says of each is what the answers showed.
func TestAClaimCountsTheAnswersThatShowedTheInstanceAndNoOthers(t *testing.T) {
	fleet := oneIsSlow(many(250), "i-aaa")
	account, all := shownIn(t, request(), fleet...)
	for _, c := range judged(all, "request-1").Claims {
		if c.Status != "STOPPED" {
			continue
		}
		is := account.shown[c.Instance]
		if want := fmt.Sprintf("shown as STOPPED by %d calls in a row", is.times); c.Rests != want || !c.Last.Equal(is.last) || !c.First.Equal(is.first) {
			t.Errorf("%s: %s, from %s to %s; the answers: %+v", c.Instance, c.Rests, c.First, c.Last, is)
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
		"a verdict changed in the end":                           {stop, "request-1", inTheEnd(row("kept", "verdict", "STOPPED")), follows},
		"a verdict changed from the first":                       {stop, "request-1", everywhere(row("kept", "verdict", "STOPPED")), follows},
		"a failure made a success":                               {"one of which no end is seen", "request-1", inTheEnd(row("slow", "verdict", "STOPPED"), top("outcome", "STOPPED")), follows},
		"a look removed":                                         {stop, "request-1", without("CheckStatus", 1), whole},
		"all looks but the last one removed, and patched":        {stop, "request-1", onlyTheLastLook, follows},
		"a stop before its time":                                 {warned, "request-1", earlier("Stop", 19*time.Minute), timely},
		"a stop after the deadline":                              {stop, "request-1", everywhere(top("deadline", "2026-11-24T19:00:01Z")), timely},
		"a stop after the time of the start":                     {again, "request-1", everywhere(top("startAt", "2026-11-24T18:59:01Z")), timely},
		"a start before its time":                                {again, "request-1-start", everywhere(top("startAt", "2026-11-25T17:00:00Z")), timely},
		"a state that goes back in time":                         {stop, "request-1", earlier("Report", time.Hour), whole},
		"a state that is missing":                                {stop, "request-1", without("Wait", 1), whole},
		"a stop in a dry run":                                    {stop, "request-1", everywhere(top("dryRun", true)), guards},
		"a stop in a check":                                      {stop, "request-1", everywhere(top("checkOnly", true)), guards},
		"a protected machine that was asked":                     {stop, "request-1", asked("safe"), guards},
		"a machine that was off and was asked":                   {stop, "request-1", asked("off"), guards},
		"a kept machine that was asked":                          {stop, "request-1", asked("kept"), guards},
		"more than the limit":                                    {stop, "request-1", everywhere(within("memory", "maxInstances", 0.0)), guards},
		"a request that no call made":                            {stop, "request-1", from("CheckStatus", row("up", "requests", 2.0)), guards},
		"a stop in a refused run":                                {stop, "request-1", inTheEnd(top("outcome", "REFUSED")), guards},
		"an instance left out of the report":                     {stop, "request-1", inTheEnd(without1("up")), once},
		"an instance twice in the report":                        {stop, "request-1", inTheEnd(twice("up")), once},
		"counts that are others":                                 {stop, "request-1", inTheEnd(within("counts", "STOPPED", 3.0)), once},
		"a summary with another number":                          {stop, "request-1", inTheEnd(top("summary", "2 of 4 instances stopped.")), report},
		"a bad outcome made a good one":                          {"one of which no end is seen", "request-1", inTheEnd(top("outcome", "STOPPED")), report},
		"an event with another document":                         {stop, "request-1", sends("SendStopped", `"verdict":"STOPPED"`, `"verdict":"RUNNING"`), report},
		"an event of another kind":                               {stop, "request-1", sends("SendStopped", "Instances Stopped", "Stop Planned"), report},
		"a message with another summary":                         {stop, "request-1", sends("NotifyStopped", "stopped", "started"), report},
		"a message with another outcome":                         {stop, "request-1", sends("NotifyStopped", `"StringValue":"STOPPED"`, `"StringValue":"FAILED"`), report},
		"a warning that names nobody":                            {warned, "request-1", sends("Warn", `up`, `down`), "nothing was stopped that no warning named"},
		"a warning that came late":                               {warned, "request-1", later("Warn", 15*time.Minute), "nothing was stopped that no warning named"},
		"no warning":                                             {warned, "request-1", without("Warn", 1), "nothing was stopped that no warning named"},
		"nobody comes back":                                      {stop, "request-1", without("ComeBack", 1), goesOn},
		"nobody starts again":                                    {again, "request-1", without("ComeBack", 2), goesOn},
		"another is started again":                               {again, "request-1", sends("ComeBack", `"up"`, `"off"`), goesOn},
		"one look proves RUNNING":                                {start, "request-1", quick, follows},
		"looks whose times are moved":                            {start, "request-1", shorter("CheckStatus"), whole},
		"a look that is not counted":                             {"a fleet of two", "request-1", notCounted, follows},
		"a verdict that stays though another status came":        {"a fleet of two", "request-1", beforeTheLast(row("up", "status", "RUNNING")), "a verdict is taken back only for what was shown since"},
		"KEPT of one that is open":                               {"one of which no end is seen", "request-1", leftOpen("KEPT"), follows},
		"MISSING of one that is open":                            {"one of which no end is seen", "request-1", leftOpen("MISSING"), follows},
		"RECYCLED of one that is open":                           {"one of which no end is seen", "request-1", leftOpen("RECYCLED"), follows},
		"RESTARTED of one that is open":                          {"one of which no end is seen", "request-1", leftOpen("RESTARTED"), follows},
		"one that is omitted and counted as another":             {"one of two is slow", "request-1", inTheEnd(without1("slow"), top("omitted", 1.0), top("counts", object{"STOPPED": 2.0})), once},
		"PLANNED in a run that is no dry run":                    {"a dry run", "request-1", everywhere(top("dryRun", false)), report},
		"SKIPPED after a look":                                   {stop, "request-1", inTheEnd(top("outcome", "SKIPPED")), report},
		"a warning whose line of the machine is missing":         {warned, "request-1", sends("Warn", `\nup `, `\nother `), "nothing was stopped that no warning named"},
		"a large run that names another machine":                 {"a large one with a slow machine", "request-1", inTheEnd(row("i-bok", "id", "i-aad")), once},
		"a large run beyond its limit":                           {"a large one", "request-1", everywhere(within("memory", "maxInstances", 100.0)), guards},
		"a part with another machine than its plan's":            {"a large one", "request-1-part-2", another("i-bok"), once},
		"a part that does something else than its run":           {"a large one", "request-1-part-2", everywhere(top("checkOnly", true)), guards},
		"the last call showed something else":                    {stop, "request-1", lastShows("up", "BOOTING"), "what is reported as reached was so in the last look"},
		"a verdict that comes and goes":                          {stop, "request-1", from("Stop", row("safe", "verdict", "")), "a verdict is taken back only for what was shown since"},
		"MISSING at once":                                        {"one in the recycle bin", "request-1", everywhere(seen("gone", "verdict", "MISSING"), seen("gone", "note", "")), follows},
		"a round of requests in a dry run, whose result is lost": {"a dry run", "request-1", roundIsLost, guards},
		"a round of requests in a refused run":                   {"a refused one", "request-1", roundIsLost, guards},
		"a round of requests in a check":                         {"a check", "request-1", roundIsLost, guards},
		"a request for a machine that was in no document before": {stop, "request-1", unknownBefore, guards},
		"a limit that the plan has lowered":                      {stop, "request-1", from("Plan", within("memory", "maxInstances", 0.0)), guards},
		"a limit that nobody knows":                              {stop, "request-1", everywhere(func(d object) { m, _ := d["memory"].(object); delete(m, "maxInstances") }), guards},
		"another action from the round of requests on":           {stop, "request-1", from("Stop", top("action", "start")), whole},
		"a dry run from the round of requests on":                {stop, "request-1", from("Stop", top("dryRun", true)), whole},
		"a deadline that the plan puts off":                      {stop, "request-1", from("Plan", top("deadline", "2026-11-24T23:30:00Z")), timely},
		"a warning's time that the hold moves":                   {warned, "request-1", from("Hold", top("stopAt", "2026-11-24T19:10:00Z")), timely},
		"a start's time that the hold moves":                     {again, "request-1-start", from("Hold", top("startAt", "2026-11-25T06:00:00Z")), timely},
		"a start's time that is dropped":                         {again, "request-1", from("Plan", func(d object) { delete(d, "startAt") }), timely},
		"a report a day late":                                    {stop, "request-1", later("Report", 24*time.Hour), timely},
		"KEPT after a request":                                   {"one of which no end is seen", "request-1", everywhere(timedOutAs("KEPT", "x")), follows},
		"TIMED_OUT long before the deadline":                     {"a fleet of two", "request-1", everywhere(seen("up", "verdict", "TIMED_OUT")), follows},
		"STOPPED of one that was so before":                      {stop, "request-1", everywhere(seen("off", "verdict", "STOPPED"), row("off", "before", "RUNNING")), follows},
		"another status in the report":                           {stop, "request-1", inTheEnd(row("up", "status", "RUNNING")), follows},
		"another time of a keep in the report":                   {stop, "request-1", inTheEnd(row("kept", "keepUntil", "2026-11-24T23:00:00Z")), follows},
		"a note that no last look could be had, after one":       {stop, "request-1", both(lastShows("up", "BOOTING"), inTheEnd(top("notes", []any{"The last look was not possible: x"}))), "what is reported as reached was so in the last look"},
		"PLANNED of a run that failed":                           {"one of which no end is seen", "request-1", inTheEnd(top("outcome", "PLANNED")), report},
		"REFUSED of a check that found one up":                   {"a check", "request-1", inTheEnd(top("outcome", "REFUSED")), report},
		"STARTED of a stop":                                      {stop, "request-1", inTheEnd(top("outcome", "STARTED")), report},
		"an error that is none of the workflow's":                {"one of which no end is seen", "request-1", func(_ *testing.T, h *audit.History) { h.Error = "Zenstop.Refused" }, report},
		"a summary without numbers":                              {stop, "request-1", inTheEnd(top("summary", "All machines are off.")), report},
		"a summary that names nobody":                            {"one of which no end is seen", "request-1", inTheEnd(top("summary", "0 of 1 instance stopped.")), report},
		"a message that leaves a machine out":                    {"one of which no end is seen", "request-1", sends("NotifyFailed", `\n\nslow `, `\n\nother `), report},
		"a message before which something stands":                {stop, "request-1", sends("NotifyStopped", `"Message":"`, `"Message":"All is well. `), report},
		"no message":                 {stop, "request-1", without("NotifyStopped", 1), report},
		"no event":                   {stop, "request-1", without("SendStopped", 1), report},
		"an event of another source": {stop, "request-1", sends("SendStopped", `"Source":"zenstop"`, `"Source":"other"`), report},
		"a warning's event with another document":                       {warned, "request-1", sends("SendWarning", `"up"`, `"down"`), report},
		"a warning with another time":                                   {warned, "request-1", sends("Warn", "2026-11-24T19:20", "2026-11-24T20:20"), "nothing was stopped that no warning named"},
		"a warning with another time of a keep":                         {warned, "request-1", sends("Warn", "2026-11-24T22:00:00Z", "2026-11-24T23:00:00Z"), "nothing was stopped that no warning named"},
		"one of which nobody knows whether it is to be started":         {again, "request-1", inTheEnd(top("startsAgain", 0.0)), goesOn},
		"one started again twice":                                       {again, "request-1", sends("ComeBack", `"instanceIds":["up"]`, `"instanceIds":["up","up"]`), goesOn},
		"nobody started again, and a report that agrees":                {again, "request-1", both(sends("ComeBack", `"instanceIds":["up"]`, `"instanceIds":[]`), inTheEnd(top("startsAgain", 0.0))), goesOn},
		"a start in three months":                                       {again, "request-1", sends("ComeBack", `"startAt":"2026-11-25T07:00:00Z"`, `"startAt":"2027-02-25T07:00:00Z"`), goesOn},
		"a dry run that comes back":                                     {stop, "request-1", sends("ComeBack", `"dryRun":false`, `"dryRun":true`), goesOn},
		"a run that comes back and may stop nobody":                     {stop, "request-1", sends("ComeBack", `"maxInstances":1`, `"maxInstances":0`), goesOn},
		"a run that comes back at once":                                 {stop, "request-1", sends("ComeBack", `"stopAt":"2026-11-24T22:00:00Z"`, `"stopAt":"2026-11-24T19:30:00Z"`), goesOn},
		"a run that comes back to a protected one":                      {stop, "request-1", sends("ComeBack", `"id":"kept"`, `"id":"safe"`), goesOn},
		"a run that comes back under the name of another":               {stop, "request-1", sends("ComeBack", `request-1-kept`, `request-10-kept`), goesOn},
		"an execution of another workflow":                              {stop, "request-1", sends("ComeBack", `stateMachine:zenstop`, `stateMachine:other`), goesOn},
		"a kept one that is forgotten where machines are started again": {again, "request-1", without("ComeBack", 1), goesOn},
		"rows of a large report that are gone":                          {"a large one", "request-1", inTheEnd(top("instances", []any{})), once},
		"starts of a large run that nobody made":                        {"a large one", "request-1", inTheEnd(top("startsAgain", 7.0)), goesOn},
		"an instance of the event that is in no part":                   {"a large one", "request-1", alsoNamed("i-lost"), once},
		"counts of parts that are others":                               {"a large one", "request-1", inTheEnd(func(d object) { d["counts"] = object{"STOPPED": 1099.0, "TIMED_OUT": 1.0} }), once},
	}
	broken := map[string]bool{}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			some := maps.Clone(all[c.of])
			h := some[c.run]
			h.Steps = slices.Clone(h.Steps)
			c.change(t, &h)
			some[c.run] = h
			run, _, _ := strings.Cut(c.run, "-part-")
			j := judged(some, run)
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
	tellTheSame(t, h)
}

// tellTheSame lets what the execution has sent, and its end, tell what its documents tell, as a
// liar would see to it.
func tellTheSame(t *testing.T, h *audit.History) {
	t.Helper()
	of := func(text json.RawMessage) (d struct{ Summary, Outcome, Action string }) {
		_ = json.Unmarshal(text, &d) // what is no document has none of them
		return d
	}
	for i := range h.Steps {
		s := &h.Steps[i]
		var asked object
		if !strings.HasPrefix(s.State, "Notify") && !strings.HasPrefix(s.State, "Send") || json.Unmarshal(s.Asked, &asked) != nil {
			continue
		}
		doc := of(s.Input)
		if entries, _ := asked["Entries"].([]any); len(entries) == 1 {
			event, _ := entries[0].(object)
			event["Detail"] = s.Input
			if kind := kindOf(doc.Action, doc.Outcome); s.State != "SendWarning" {
				event["DetailType"] = kind
			}
		} else {
			message, _ := asked["Message"].(string)
			_, lines, more := strings.Cut(message, "\n\n")
			if asked["Message"] = doc.Summary; more {
				asked["Message"] = doc.Summary + "\n\n" + lines
			}
			asked["Subject"] = "zenstop " + doc.Outcome + ": " + h.Name
			asked["MessageAttributes"] = object{"outcome": object{"StringValue": doc.Outcome}}
		}
		text, err := json.Marshal(asked)
		if err != nil {
			t.Fatal(err)
		}
		s.Asked = text
	}
	last := h.Steps[len(h.Steps)-1].Output
	switch doc := of(last); {
	case strings.Contains(h.Name, "-part-"), doc.Outcome == "WAITING":
	case slices.Contains([]string{"STOPPED", "STARTED", "PLANNED", "SKIPPED"}, doc.Outcome):
		h.Status, h.Output, h.Error, h.Cause = audit.Succeeded, last, "", ""
	default:
		h.Status, h.Output, h.Error, h.Cause = audit.Failed, nil, "Zenstop.StopFailed", doc.Summary
		if doc.Outcome == "REFUSED" {
			h.Error = "Zenstop.Refused"
		}
	}
}

// kindOf is the detail type of the event of an outcome.
func kindOf(action, outcome string) string {
	noun, done := "Stop", "Stopped"
	if action == "start" {
		noun, done = "Start", "Started"
	}
	return map[string]string{"STOPPED": "Instances " + done, "STARTED": "Instances " + done, "PLANNED": noun + " Planned", "SKIPPED": noun + " Skipped", "FAILED": "Instances Not " + done, "REFUSED": noun + " Refused"}[outcome]
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

// looks are the places of the calls of StatusFunction.
func looks(h *audit.History) []int {
	var all []int
	for i := range h.Steps {
		if h.Steps[i].State == "CheckStatus" {
			all = append(all, i)
		}
	}
	return all
}

// quick lets the last two looks be as one: no time passes between them, and the answers are of then.
func quick(t *testing.T, h *audit.History) {
	all := looks(h)
	first := h.Steps[all[len(all)-2]]
	edit(t, h, all[len(all)-1], func(d object) {
		for _, r := range rows(d) {
			if of, _ := r.(object); of["status"] == "RUNNING" {
				of["memory"] = object{"t": float64(first.Left.Unix()) + 1}
			}
		}
	})
	for i := all[len(all)-2] + 1; i <= all[len(all)-1]; i++ {
		h.Steps[i].Entered, h.Steps[i].Left = first.Left, first.Left.Add(time.Second)
	}
}

// notCounted lets the look that gives the first verdict say that it has asked nobody.
func notCounted(t *testing.T, h *audit.History) {
	for _, i := range looks(h) {
		var before, after struct {
			Checks    float64
			Instances []struct{ ID, Verdict string }
		}
		if json.Unmarshal(h.Steps[i].Input, &before) != nil || json.Unmarshal(h.Steps[i].Output, &after) != nil {
			t.Fatal("no documents")
		}
		if after.Instances[0].Verdict == "STOPPED" && before.Instances[0].Verdict == "" {
			edit(t, h, i, func(d object) { d["checks"] = before.Checks + (number(d["checks"]) - after.Checks) })
			return
		}
	}
	t.Fatal("no look gives a verdict")
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

// beforeTheLast changes what the last look but one has returned, and no document after it.
func beforeTheLast(c ...func(object)) change {
	return func(t *testing.T, h *audit.History) {
		all := looks(h)
		at := all[len(all)-2]
		edit(t, h, at, append(c, row("up", "memory", object{"t": float64(h.Steps[at].Left.Unix())}))...)
	}
}

// leftOpen lets no call have decided the machine, and the report say this of it.
func leftOpen(verdict string) change {
	return func(t *testing.T, h *audit.History) {
		edit(t, h, 0, row("slow", "verdict", ""))
		edit(t, h, find(t, h, "Report", 1), row("slow", "verdict", verdict), row("slow", "note", ""), top("counts", object{verdict: 1.0}))
	}
}

// another puts another machine in the place of one, in all documents.
func another(id string) change {
	return func(_ *testing.T, h *audit.History) {
		swap := func(text []byte) []byte {
			return bytes.ReplaceAll(text, []byte(`"`+id+`"`), []byte(`"i-never-planned"`))
		}
		h.Input, h.Output = swap(h.Input), swap(h.Output)
		for i := range h.Steps {
			s := &h.Steps[i]
			s.Input, s.Output, s.Asked = swap(s.Input), swap(s.Output), swap(s.Asked)
		}
	}
}

// both makes two changes.
func both(one, two change) change {
	return func(t *testing.T, h *audit.History) {
		one(t, h)
		two(t, h)
	}
}

// roundIsLost puts a round of requests behind the plan of which no document came.
func roundIsLost(t *testing.T, h *audit.History) {
	at := find(t, h, "Plan", 1) + 1 // Next?
	doc := h.Steps[at].Output
	round := audit.Step{State: "Stop", Entered: h.Steps[at].Left, Left: h.Steps[at].Left, Input: doc, Output: doc, Error: "Lambda.SdkClientException"}
	h.Steps = slices.Insert(h.Steps, at+1, round)
}

// unknownBefore takes the rows out of the document that the round of requests is given.
func unknownBefore(t *testing.T, h *audit.History) {
	at := find(t, h, "Stop", 1)
	edit(t, h, -1, within("memory", "maxInstances", 0.0))
	var doc object
	if err := json.Unmarshal(h.Steps[at].Input, &doc); err != nil {
		t.Fatal(err)
	}
	doc["instances"] = []any{}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	h.Steps[at-1].Output, h.Steps[at].Input = text, text
}

// timedOutAs makes another verdict of TIMED_OUT.
func timedOutAs(verdict, note string) func(object) {
	return func(d object) {
		for _, r := range rows(d) {
			if of, _ := r.(object); of["verdict"] == "TIMED_OUT" {
				of["verdict"], of["note"] = verdict, note
			}
		}
	}
}

// alsoNamed puts one more id into the event of a large run.
func alsoNamed(id string) change {
	return everywhere(func(d object) {
		if m, _ := d["memory"].(object); m["instanceIds"] != nil {
			ids, _ := m["instanceIds"].([]any)
			m["instanceIds"] = append(ids, id)
		}
	})
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
