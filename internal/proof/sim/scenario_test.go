package sim_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

func load(t *testing.T, name string) sim.Scenario {
	t.Helper()
	sc, err := sim.LoadScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func TestEveryScenarioOfThePackageLoads(t *testing.T) {
	names := sim.ScenarioNames()
	for _, name := range []string{"good-night", "bad-night", "outage", "big-fleet", "stuck", "restarting"} {
		if !slices.Contains(names, name) {
			t.Errorf("no scenario %s", name)
		}
	}
	for _, name := range names {
		if sc := load(t, name); sc.Description == "" {
			t.Errorf("%s has no description", name)
		}
		newRig(t, load(t, name))
	}
}

// twelve are the ids of the instances of every scenario but big-fleet; good-night has
// one more.
var twelve = strings.Fields(`bmc-build-01 bmc-cache-01 bmc-cache-02 bmc-db-01 bmc-db-02 bmc-gateway-01
	bmc-web-01 bmc-web-02 bmc-web-03 bmc-web-04 bmc-web-05 bmc-web-06`)

func TestGoodNightStopsWithinThreeQuartersOfAMinute(t *testing.T) {
	r := newRig(t, load(t, "good-night"))
	all := r.describe()
	if got, want := slices.Sorted(slices.Values(all.ids())), slices.Sorted(slices.Values(append(slices.Clone(twelve), "bmc-desk-01"))); !slices.Equal(got, want) {
		t.Fatalf("instances %v, want %v", got, want)
	}
	stop := slices.DeleteFunc(all.ids(), func(id string) bool { return id == "bmc-build-01" || id == "bmc-gateway-01" })
	wantAnswer(t, r.stop(stop...), 200, "")
	for _, id := range stop {
		r.at(5*sec-1).wantShown(id, sim.StatusStopping)
		r.at(46*sec).wantShown(id, sim.StatusStopped)
	}
	for _, id := range []string{"bmc-build-01", "bmc-db-01", "bmc-db-02"} {
		if _, nightly := r.Truth(id).Tags["power"]; nightly == strings.HasPrefix(id, "bmc-db") {
			t.Errorf("%s: tags %v", id, r.Truth(id).Tags)
		}
	}
	if got := r.Truth("bmc-gateway-01"); got.Tags["zenstop-protect"] != "true" || got.Status != sim.StatusRunning {
		t.Errorf("bmc-gateway-01 is not protected and running: %+v", got)
	}
}

func TestBadNightThrottlesAndHasARecycledAndAMissingInstance(t *testing.T) {
	r := newRig(t, load(t, "bad-night"))
	for range 6 {
		wantAnswer(t, r.describe(), 429, sim.CodeRequestLimit)
	}
	r.wantShown("bmc-web-05", sim.StatusRecycle)
	r.wantShown("bmc-cache-02", "")
	if got := r.describe().ids(); len(got) != 11 {
		t.Errorf("%d instances, want 11", len(got))
	}
	throttled := 0
	for range 100 {
		if r.at(20*sec).describe().Status == 429 {
			throttled++
		}
	}
	if throttled < 30 || throttled > 70 {
		t.Errorf("%d of 100 calls throttled in the middle, want about half", throttled)
	}
	wantAnswer(t, r.at(24*sec).describe(), 200, "")
}

func TestOutageLastsFromSecond10To70(t *testing.T) {
	r := newRig(t, load(t, "outage"))
	for i, f := range load(t, "outage").Faults {
		if f.From != 10*sec || f.Until != 70*sec {
			t.Errorf("fault %d lasts from %s to %s", i, f.From, f.Until)
		}
	}
	wantAnswer(t, r.at(10*sec-1).describe(), 200, "")
	wantAnswer(t, r.at(70*sec).describe(), 200, "")
}

func TestBigFleetHoldsTwoAndAHalfThousand(t *testing.T) {
	r := newRig(t, load(t, "big-fleet"))
	if got := r.call(sim.ActionDescribe, `{"tags":[{"key":"power","value":"nightly"}]}`).Response.TotalCount; got != 2500 {
		t.Errorf("%d instances, want 2500", got)
	}
	for _, i := range r.Truths() {
		if wantAnswer(t, r.at(0).stop(i.ID), 200, ""); r.at(46*sec).Truth(i.ID).Status != sim.StatusStopped {
			t.Fatalf("%s is not STOPPED after 18 s", i.ID)
		}
	}
}

func TestInStuckAndRestartingOneInstanceDoesNotStayStopped(t *testing.T) {
	for name, want := range map[string]string{"stuck": sim.StatusStopping, "restarting": sim.StatusRunning} {
		r := newRig(t, load(t, name))
		wantAnswer(t, r.stop("bmc-web-03", "bmc-web-04"), 200, "")
		r.at(7*sec).wantShown("bmc-web-03", sim.StatusStopping)
		r.at(time.Hour).wantShown("bmc-web-03", want)
		r.wantShown("bmc-web-04", sim.StatusStopped)
	}
}

func TestAScenarioIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		`{"instances":[{"id":"a","stopTake":"1s"}]}`:                                          "stopTake",
		`{"instances":[{"id":"a","ID":"b"}]}`:                                                 "ID",
		`{"instances":[{"id":"a","stopTakes":5}]}`:                                            `is not a duration such as "12s"`,
		`{"instances":[{"id":"a","stopTakes":"soon"}]}`:                                       `is not a duration such as "12s"`,
		`{"instances":[{"id":"a","stopTakes":"-1s"}]}`:                                        "instance a has a negative duration",
		`{"instances":[{"name":"a"}]}`:                                                        "an instance has no id",
		`{"instances":[{"id":"a"},{"id":"a"}]}`:                                               "instance a is there twice",
		`{"instances":[{"id":"i-0001"}],"generate":[{"prefix":"i-","count":1}]}`:              "instance i-0001 is there twice",
		`{"generate":[{"prefix":"a"}]}`:                                                       "generate",
		`{"generate":[{"prefix":"a","count":1,"like":{"id":"x"}}]}`:                           "generate",
		`{"instances":[{"id":"a","tags":{"until":"start+soon"}}]}`:                            "start+soon",
		`{"generate":[{"prefix":"a","count":1,"like":{"laterTags":{"until":"start+soon"}}}]}`: "start+soon",
		`{"faults":[{"kind":"earthquake"}]}`:                                                  "earthquake",
		`{"faults":[{"kind":"refuse"}]}`:                                                      "refuse needs a code",
		`{"faults":[{"kind":"throttle","probability":2}]}`:                                    "probability",
		`{"faults":[{"kind":"throttle","times":-1}]}`:                                         "negative",
		`{"latency":"-1s"}`:                                                                   "latency",
		`{"pageSizeCap":-1}`:                                                                  "pageSizeCap",
		`{"requestsPerSecond":-1}`:                                                            "requestsPerSecond",
		`{"ignoreFilters":["colour"]}`:                                                        "colour",
		`{"shuffle":true,"shuffle":true}`:                                                     "shuffle",
		`{`:                                                                                   "",
	} {
		if _, err := sim.ParseScenario([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

func TestNewNamesEverythingThatIsWrong(t *testing.T) {
	_, err := sim.New(sim.Options{Scenario: sim.Scenario{Instances: []sim.Instance{{}, {ID: "a", Lag: -1}}, IgnoreFilters: []string{"x"}}})
	for _, want := range []string{"no id", "instance a", `"x"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestAScenarioMayBeAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.json")
	if err := os.WriteFile(file, []byte(`{"instances":[{"id":"a","stopTakes":"1m30s"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := load(t, file).Instances[0].StopTakes; got != 90*sec {
		t.Errorf("stopTakes %s, want 1m30s", got)
	}
	for _, name := range []string{"no-such", "no-such.json", "../scenario"} {
		if _, err := sim.LoadScenario(name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
