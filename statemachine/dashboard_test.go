package statemachine

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/metrics"
	"zenstop/internal/runs"
)

// dashboard is the one of the template; what CloudFormation fills in stands for itself.
func dashboard(t *testing.T) []metrics.Widget {
	t.Helper()
	node := loadTemplate(t).Resources["Dashboard"].Properties.DashboardBody
	if node.Tag != "!Sub" || len(node.Content) != 2 {
		t.Fatalf("the dashboard's body is no !Sub with values of its own: %s", node.Tag)
	}
	body := strings.NewReplacer("${NoGoodRun}", `, "NoGoodRunAlarm.Arn"`, "${NoGoodStart}", `, "NoGoodStartAlarm.Arn"`).Replace(node.Content[0].Value)
	widgets, err := metrics.Widgets(regexp.MustCompile(`\$\{([^}]*)\}`).ReplaceAll([]byte(body), []byte("$1")))
	if err != nil {
		t.Fatal(err)
	}
	return widgets
}

func TestTheDefinitionPublishesTheMetricsOfTheTable(t *testing.T) {
	got := map[string][]string{}
	for _, doc := range []object{timed(t, runs.OutcomeStopped, instance(power.Stopped, 1, 65)), with(timed(t, runs.OutcomeStarted, instance(power.Started, 1, 65)), object{"action": "start"}), timed(t, runs.OutcomeRefused)} {
		w := newWorld(t)
		w.run(doc)
		for _, line := range w.metrics {
			words := strings.Fields(line)
			var dimensions []string
			for _, word := range words[1:] {
				if name, _, found := strings.Cut(word, "="); found {
					dimensions = append(dimensions, name)
				}
			}
			got["zenstop "+words[0]] = dimensions
		}
	}
	want := metrics.Published()
	maps.DeleteFunc(want, func(metric string, _ []string) bool { return !strings.HasPrefix(metric, "zenstop ") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics and their dimensions (-table +definition):\n%s", diff)
	}
}

func TestEachWidgetShowsAMetricOfThisStackThatIsPublished(t *testing.T) {
	of := map[string][]string{
		"QueueName": {"FailureQueue.QueueName"}, "StateMachineArn": {"StopWorkflow"}, "FunctionName": {"StopFunction", "StatusFunction"}, "Stack": {"AWS::StackName"},
	}
	for _, v := range power.Verdicts() {
		of["Verdict"] = append(of["Verdict"], string(v))
	}
	for _, o := range outcomes() {
		of["Outcome"] = append(of["Outcome"], string(o))
	}
	shown, values, graphs := map[string]bool{}, map[string]bool{}, 0
	for _, w := range dashboard(t) {
		for _, u := range w.Uses() {
			graphs++
			shown[u.Metric] = true
			if err := u.Check(); err != nil {
				t.Errorf("%s: %v", w.Properties.Title, err)
			}
			for name, value := range u.Dimensions {
				values[name+" "+value] = true
				if !slices.Contains(of[name], value) {
					t.Errorf("%s: %s has the %s %q, which is not of this stack or does not exist", w.Properties.Title, u.Metric, name, value)
				}
			}
		}
	}
	for name := range of {
		for _, value := range of[name] {
			if !values[name+" "+value] {
				t.Errorf("nothing shows the %s %s", name, value)
			}
		}
	}
	for metric := range metrics.Published() {
		if !shown[metric] && strings.HasPrefix(metric, "zenstop ") {
			t.Errorf("nothing shows %s", metric)
		}
	}
	if graphs > 50 { // AWS, "Amazon CloudWatch pricing": 3 dashboards of at most 50 metrics are free
		t.Errorf("the dashboard has %d metrics; one with more than 50 costs money", graphs)
	}
}

func TestEachAlarmWatchesAMetricThatIsPublishedAndIsOnTheDashboard(t *testing.T) {
	var shown, want []string
	for _, w := range dashboard(t) {
		shown = append(shown, w.Properties.Alarms...)
	}
	for name, r := range loadTemplate(t).Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		want = append(want, name+".Arn")
		u := metrics.Use{Metric: r.Properties.Namespace + " " + r.Properties.MetricName, Dimensions: map[string]string{}}
		for _, d := range r.Properties.Dimensions {
			u.Dimensions[d.Name] = strings.Join(scalars(&d.Value), " ")
		}
		if err := u.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	slices.Sort(want)
	slices.Sort(shown)
	if !slices.Equal(want, shown) || len(want) == 0 {
		t.Errorf("the dashboard shows the alarms %v, the template has %v", shown, want)
	}
}

func TestTheDashboardIsReadFromTopToBottomWithATextOverEachSection(t *testing.T) {
	widgets := dashboard(t)
	var sections []string
	for i, w := range widgets {
		if i == 0 && w.Type != "text" || w.X+w.Width > 24 {
			t.Errorf("widget %d (%s) is out of place", i, w.Type)
		}
		if i > 0 && (w.Y < widgets[i-1].Y || w.Y == widgets[i-1].Y && w.X < widgets[i-1].X+widgets[i-1].Width) {
			t.Errorf("%q lies before or upon what stands before it", w.Properties.Title)
		}
		for line := range strings.Lines(w.Properties.Markdown) {
			if title, ok := strings.CutPrefix(line, "## "); ok {
				sections = append(sections, strings.TrimSpace(title))
			}
		}
	}
	want := []string{"Did last night work?", "How long do machines take?", "Is anything wrong?", "Every run", "Every warning and error"}
	if diff := cmp.Diff(want, sections); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
}

func TestTheTimeLimitOnTheDashboardIsThatOfTheFunctions(t *testing.T) {
	for _, w := range dashboard(t) {
		for _, line := range w.Properties.Annotations.Horizontal {
			if want := loadTemplate(t).Globals.Function.Timeout * 1000; line.Value != want {
				t.Errorf("%s: the limit is %d ms, want %d", w.Properties.Title, line.Value, want)
			}
		}
	}
}

// A query that looks for a line which nothing writes shows an empty table, not an error.
func TestTheLogQueriesLookForLinesThatAreWritten(t *testing.T) {
	lines := []struct{ named, file, written string }{
		{"'a call of Zenlayer failed'", "../internal/zenlayer/call.go", `"a call of Zenlayer failed"`},
		{"'HTTP 429'", "../internal/zenlayer/errors.go", "HTTP %d"},
		{"outcome", "../internal/handler/handler.go", `"outcome"`},
		{"summary", "../internal/handler/handler.go", `"summary"`},
		{"run", "../internal/runlog/runlog.go", `"run"`},
	}
	var queries string
	for _, w := range dashboard(t) {
		queries += w.Properties.Query + "\n"
	}
	for _, line := range lines {
		text, err := os.ReadFile(line.file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(queries, line.named) || !strings.Contains(string(text), line.written) {
			t.Errorf("no query names %s, or %s does not write %s", line.named, line.file, line.written)
		}
	}
}
