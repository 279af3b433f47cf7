package statemachine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// line is a datum in one line: its name and its dimensions, and then its value,
// or each of its values with how often it was measured.
func line(d cloud.Datum) string {
	line := d.MetricName
	for _, dimension := range d.Dimensions {
		line += " " + dimension.Name + "=" + dimension.Value
	}
	if d.Value != nil {
		line += fmt.Sprintf(" %v", *d.Value)
	}
	for i, value := range d.Values {
		line += fmt.Sprintf(" %v:%v", value, d.Counts[i])
	}
	return line + " " + d.Unit
}

// publish takes the metrics that the workflow publishes, as CloudWatch does.
func (w *world) publish(namespace string, data []cloud.Datum) *asl.Failure {
	if n := len(data); n == 0 || n > 1000 || namespace != "zenstop" {
		w.t.Errorf("%d data in the namespace %s; PutMetricData takes 1 to 1000", n, namespace)
	}
	for _, d := range data {
		if len(d.Values) != len(d.Counts) || len(d.Values) > 150 || (d.Value != nil) == (len(d.Values) > 0) {
			w.t.Errorf("%s has %d values and %d counts; a datum has a value, or at most 150 of both", d.MetricName, len(d.Values), len(d.Counts))
		}
		w.metrics = append(w.metrics, line(d))
	}
	return nil
}

// timed is the document of a run that has come to this outcome, with these rows.
func timed(t *testing.T, outcome runs.Outcome, rows ...object) object {
	t.Helper()
	doc := planned(t)
	all, counts := []any{}, object{}
	for i, r := range rows {
		all = append(all, with(row(i, power.Open), r))
		if verdict, _ := r["verdict"].(string); verdict != "" {
			n, _ := counts[verdict].(float64)
			counts[verdict] = n + 1
		}
	}
	return with(ended(doc, outcome), object{"checks": 7, "instances": all, "counts": counts})
}

func instance(verdict power.Verdict, requests, seconds int) object {
	return object{"verdict": string(verdict), "requests": requests, "seconds": seconds}
}

func TestARunPublishesWhatItHasComeTo(t *testing.T) {
	open, stopped := power.Open, power.Stopped
	for about, c := range map[string]struct {
		outcome runs.Outcome
		rows    []object
		want    []string
	}{
		"every instance stopped": {
			runs.OutcomeStopped,
			[]object{
				instance(stopped, 1, 65), instance(stopped, 2, 9), instance(stopped, 1, 65), instance(stopped, 1, 0),
				instance(power.AlreadyStopped, 0, 0), instance(power.Protected, 0, 0),
			},
			[]string{
				"Runs Stack=StackName Outcome=STOPPED 1 Count", "RunDuration Stack=StackName 100 Seconds",
				"Instances Stack=StackName Verdict=ALREADY_STOPPED 1 Count", "Instances Stack=StackName Verdict=PROTECTED 1 Count",
				"Instances Stack=StackName Verdict=STOPPED 4 Count",
				"Checks Stack=StackName 7 Count", "StopRequests Stack=StackName 5 Count", "TimeToStopped Stack=StackName 0:1 9:1 65:2 Seconds",
			},
		},
		"what was found STOPPING has no time, as nobody asked": {
			runs.OutcomeStopped,
			[]object{instance(stopped, 0, 0)},
			[]string{
				"Runs Stack=StackName Outcome=STOPPED 1 Count", "RunDuration Stack=StackName 100 Seconds", "Instances Stack=StackName Verdict=STOPPED 1 Count",
				"Checks Stack=StackName 7 Count", "StopRequests Stack=StackName 0 Count",
			},
		},
		"a time that is not that of a stop does not count": {
			runs.OutcomeFailed,
			[]object{instance(power.Restarted, 1, 40), instance(power.TimedOut, 3, 0)},
			[]string{
				"Runs Stack=StackName Outcome=FAILED 1 Count", "RunDuration Stack=StackName 100 Seconds",
				"Instances Stack=StackName Verdict=RESTARTED 1 Count", "Instances Stack=StackName Verdict=TIMED_OUT 1 Count",
				"Checks Stack=StackName 7 Count", "StopRequests Stack=StackName 4 Count",
			},
		},
		"no instance was found": {
			runs.OutcomeFailed, nil,
			[]string{"Runs Stack=StackName Outcome=FAILED 1 Count", "RunDuration Stack=StackName 100 Seconds", "Checks Stack=StackName 7 Count", "StopRequests Stack=StackName 0 Count"},
		},
		"a dry run only says that there was one": {
			runs.OutcomePlanned,
			[]object{instance(open, 0, 0), instance(power.AlreadyStopped, 0, 0)},
			[]string{"Runs Stack=StackName Outcome=PLANNED 1 Count"},
		},
		"so does a refused one": {
			runs.OutcomeRefused,
			[]object{instance(open, 0, 0), instance(power.AlreadyStopped, 0, 0)},
			[]string{"Runs Stack=StackName Outcome=REFUSED 1 Count"},
		},
		"and a skipped one": {runs.OutcomeSkipped, nil, []string{"Runs Stack=StackName Outcome=SKIPPED 1 Count"}},
	} {
		t.Run(about, func(t *testing.T) {
			w := newWorld(t)
			w.now = began.Add(seconds(99)) // the report takes a second
			w.run(timed(t, c.outcome, c.rows...))
			if diff := cmp.Diff(c.want, w.metrics); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheDurationOfARunThatHeldCountsFromItsFirstStop(t *testing.T) {
	for held, want := range map[int]string{60: "40", 100: "0", 130: "0"} {
		w := newWorld(t)
		w.now = began.Add(seconds(99)) // the report takes a second
		w.run(with(timed(t, runs.OutcomeStopped, instance(power.Stopped, 1, 20)), object{"stopAt": began.Add(seconds(held)).Format(time.RFC3339)}))
		if line := "RunDuration Stack=StackName " + want + " Seconds"; !slices.Contains(w.metrics, line) {
			t.Errorf("held for %d of 100 s: %q, want %q", held, w.metrics, line)
		}
	}
}

// One datum takes 150 different values, so more go into several data of the same metric.
func TestATimeOfEachOfAThousandInstancesIsPublished(t *testing.T) {
	var all []object
	for n := range 1000 {
		all = append(all, instance(power.Stopped, 1, n*n%997)) // 499 different ones
	}
	w := newWorld(t)
	w.run(timed(t, runs.OutcomeStopped, all...))
	var times []string
	for _, line := range w.metrics {
		if rest, ok := strings.CutPrefix(line, "TimeToStopped Stack=StackName "); ok {
			times = append(times, rest)
		}
	}
	got, want := map[string]int{}, map[string]int{}
	for _, line := range times {
		for pair := range strings.FieldsSeq(strings.TrimSuffix(line, " Seconds")) {
			value, count, _ := strings.Cut(pair, ":")
			n := 0
			if _, err := fmt.Sscan(count, &n); err != nil {
				t.Fatal(err)
			}
			got[value] += n
		}
	}
	for n := range 1000 {
		want[fmt.Sprint(n*n%997)]++
	}
	if diff := cmp.Diff(want, got); diff != "" || len(times) != 4 {
		t.Errorf("%d data of times, want 4; how often each was published (-want +got):\n%s", len(times), diff)
	}
}

// countsOf adds up the published counts of instances by verdict.
func (w *world) countsOf(metric string) map[string]int {
	w.t.Helper()
	all := map[string]int{}
	for _, line := range w.metrics {
		if rest, ok := strings.CutPrefix(line, metric+" Stack=StackName "); ok {
			words, n := strings.Fields(rest), 0
			if _, err := fmt.Sscan(words[len(words)-2], &n); err != nil {
				w.t.Fatal(err)
			}
			all[strings.Join(words[:len(words)-2], " ")] += n
		}
	}
	return all
}

func TestALargeRunPublishesEachInstanceOnce(t *testing.T) {
	w := newWorld(t)
	w.plan, w.check = unpack, func(doc object) (object, *asl.Failure) {
		doc, failure := decide(power.TimedOut)(doc) // bad ones stand in the run's own report too
		for _, r := range rows(doc) {
			r["requests"] = 2
		}
		return with(doc, object{"checks": 5}), failure
	}
	w.dies = only("request-1-part-2")
	w.run(largeRun(t, 3, 9000))
	for metric, want := range map[string]map[string]int{
		"Instances":    {"Verdict=TIMED_OUT": 6, "Verdict=UNVERIFIED": 3},
		"Runs":         {"Outcome=FAILED": 1},
		"Checks":       {"": 10},
		"StopRequests": {"": 12},
	} {
		if diff := cmp.Diff(want, w.countsOf(metric)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", metric, diff)
		}
	}
	if n := w.times("PublishMetrics"); n != 3 {
		t.Errorf("%d executions published metrics, want the run and the two parts that ended", n)
	}
}

func TestMetricsThatCannotBePublishedChangeNothing(t *testing.T) {
	for name, attempts := range map[string]int{"CloudWatch.CloudWatchException": 3, "States.Timeout": 1} {
		for _, outcome := range []runs.Outcome{runs.OutcomeStopped, runs.OutcomeFailed} {
			doc := timed(t, outcome, instance(power.Stopped, 1, 65))
			good := newWorld(t)
			want := good.run(doc)

			w, tried := newWorld(t), 0
			w.fails[cloud.ResourceMeasure] = func() *asl.Failure {
				tried++
				return &asl.Failure{Error: name, Cause: "Rate exceeded"}
			}
			got := w.run(doc)
			if tried != attempts {
				t.Errorf("%s: tried %d times, want %d", name, tried, attempts)
			}
			if diff := cmp.Diff(decode(t, want.Input), decode(t, got.Input)); diff != "" || got.Status != want.Status || got.Error != want.Error || got.Cause != want.Cause {
				t.Errorf("%s changed the end of a run that is %s to %s %s %s, its document (-want +got):\n%s", name, outcome, got.Status, got.Error, got.Cause, diff)
			}
			if !slices.Equal(w.states, good.states) || w.event != good.event || w.message != good.message {
				t.Errorf("%s changed what follows: %v", name, w.states)
			}
		}
	}
}
