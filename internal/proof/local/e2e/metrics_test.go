package e2e

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// published is what the runs of a stack have published so far: the sum of each
// metric, by its name and its dimensions other than Stack, and how many times to
// stopped there are.
func published(t *testing.T, s *stack.Stack) map[string]float64 {
	t.Helper()
	client := cloudwatch.NewFromConfig(s.AWS)
	list, err := client.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{
		Namespace: aws.String("zenstop"), Dimensions: []types.DimensionFilter{{Name: aws.String("Stack"), Value: &s.Name}},
	})
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for i := range list.Metrics {
		metric := &list.Metrics[i]
		name := *metric.MetricName
		for _, d := range metric.Dimensions {
			if *d.Name != "Stack" {
				name += " " + *d.Name + "=" + *d.Value
			}
		}
		sums[name] = total(t, client, metric, "Sum")
		if name == "TimeToStopped" {
			sums["times to stopped"] = total(t, client, metric, "SampleCount")
		}
	}
	return sums
}

// total adds up a statistic of a metric over the last day.
func total(t *testing.T, client *cloudwatch.Client, metric *types.Metric, statistic string) float64 {
	t.Helper()
	out, err := client.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(time.Now().Add(-24 * time.Hour)), EndTime: aws.Time(time.Now().Add(time.Hour)),
		MetricDataQueries: []types.MetricDataQuery{{
			Id: aws.String("q"), MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(3600), Stat: &statistic},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, value := range out.MetricDataResults[0].Values {
		sum += value
	}
	return sum
}

// wantPublished checks what a run has added to what was published before it: what its
// documents say, each instance once. The parts are those that ended with a report.
func wantPublished(t *testing.T, s *stack.Stack, before map[string]float64, e stack.Execution, parts ...string) {
	t.Helper()
	want := map[string]float64{"Runs Outcome=" + string(e.Run.Outcome): 1}
	for verdict, n := range e.Run.Counts {
		want["Instances Verdict="+string(verdict)] = float64(n)
	}
	documents := []runs.Run{e.Run}
	if len(e.Parts) > 0 {
		documents = nil
	}
	for _, name := range parts {
		part, err := s.Look(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, lastCheck(t, s, part))
	}
	for i := range documents {
		want["Checks"] += float64(documents[i].Checks)
		for _, in := range documents[i].Instances {
			want["StopRequests"] += float64(in.Requests)
			if in.Verdict == power.Stopped {
				want["TimeToStopped"] += float64(in.Seconds)
				want["times to stopped"]++
			}
		}
	}
	got := published(t, s)
	for name := range got {
		got[name] -= before[name]
	}
	if got["RunDuration"] < 1 {
		t.Errorf("%s: a duration of %v seconds", e.Name, got["RunDuration"])
	}
	delete(got, "RunDuration")
	maps.DeleteFunc(got, func(_ string, value float64) bool { return value == 0 })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s published other metrics than its documents say (-documents +metrics):\n%s", e.Name, diff)
	}
}

// lastCheck is the document of a part as its last check left it: what the part hands
// to its run leaves out what there is no room for.
func lastCheck(t *testing.T, s *stack.Stack, part stack.Execution) runs.Run {
	t.Helper()
	for _, event := range history(t, s, part.Name) {
		if entered := event.StateEnteredEventDetails; entered != nil && *entered.Name == "Report" {
			run, err := runs.Decode([]byte(*entered.Input))
			if err != nil {
				t.Fatal(err)
			}
			return run
		}
	}
	t.Fatalf("%s has made no report", part.Name)
	return runs.Run{}
}

// partsOf names the first n parts of a run.
func partsOf(run string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strings.Join([]string{run, "part", strconv.Itoa(i + 1)}, "-")
	}
	return names
}
