package statemachine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// night is a Zenlayer whose instances are all RUNNING, or all STOPPED, and else STOPPED
// two minutes after they were asked. It counts the calls.
type night struct {
	now             func() time.Time
	ids             []string
	off             bool
	kept            string // the id of one with a keep tag; empty: none
	until           time.Time
	asked           map[string]time.Time
	describes, stop int
}

func (n *night) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	n.describes++
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		status, tags := zenlayer.StatusRunning, []zenlayer.Tag{{Key: "night-off"}}
		if n.off {
			status = zenlayer.StatusStopped
		}
		if id == n.kept {
			tags = append(tags, zenlayer.Tag{Key: keepTag, Value: n.until.Format(time.RFC3339)})
		}
		if at, ok := n.asked[id]; ok {
			if status = zenlayer.StatusStopping; n.now().Sub(at) >= 2*time.Minute {
				status = zenlayer.StatusStopped
			}
		}
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Name: "machine " + id, Status: status, Tags: tags})
	}
	return page, nil
}

func (n *night) List(ctx context.Context, _ zenlayer.Filter, _, _ int) (zenlayer.Page, error) {
	return n.Describe(ctx, n.ids)
}

func (n *night) StopInstances(_ context.Context, ids []string) error {
	n.stop++
	for _, id := range ids {
		n.asked[id] = n.now()
	}
	return nil
}

// carriedOut is a function of the workflow that does what the real one does.
func (w *world) carriedOut(t *testing.T, call func(context.Context, *runs.Run) error) func(object) (object, *asl.Failure) {
	return func(doc object) (object, *asl.Failure) {
		run, err := runs.Decode(encode(t, doc))
		if err != nil {
			t.Fatal(err)
		}
		if err := call(t.Context(), &run); err != nil {
			t.Fatal(err)
		}
		w.sights = append(w.sights, sight{w.now, run})
		return decode(t, encode(t, run)), nil
	}
}

const keepTag = "zenstop-keep-until"

// newNight is the night of 100 instances that a filter finds, and the request for it.
func newNight() (*night, runs.Request) {
	return &night{ids: manyIDs(100, 20), asked: map[string]time.Time{}}, runs.Request{
		Run: "schedule-1", Timeout: 30 * time.Minute, MaxInstances: 100,
		Target: runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{"night-off"}}},
	}
}

// carryOut carries out a run of the night, which ends well.
func (n *night) carryOut(t *testing.T, from time.Time, doc object) *world {
	t.Helper()
	w := newWorld(t)
	w.now = from
	n.now = func() time.Time { return w.now }
	n.describes, n.stop = 0, 0
	runner := runs.Runner{API: n, Now: n.now, Rules: power.Rules{KeepTagKey: keepTag}}
	w.plan, w.stop, w.check = w.carriedOut(t, runner.Plan), w.carriedOut(t, runner.Stop), w.carriedOut(t, runner.Check)
	if end := w.run(doc); end.Status != asl.Succeeded {
		t.Fatalf("%s: %v", end.Status, w.resulted["summary"])
	}
	return w
}

// requested is the first document of a request that comes at that time.
func requested(t *testing.T, req runs.Request, at time.Time) object {
	t.Helper()
	return decode(t, encode(t, runs.New(req, at)))
}

// ordinaryNight carries out the run in which all are stopped.
func ordinaryNight(t *testing.T) (*world, *night) {
	t.Helper()
	n, req := newNight()
	w := n.carryOut(t, began, requested(t, req, began))
	if len(n.asked) != 100 {
		t.Fatalf("%d were asked to stop", len(n.asked))
	}
	return w, n
}

// item is a line of a bill.
type item struct {
	what  string
	count float64
	price float64 // of one, in US dollars
	list  string  // the price as the list has it
}

// bill is a table of items and what they come to.
func bill(items []item) (table string, total float64) {
	var b strings.Builder
	b.WriteString("\n| what | how much | list price | US$ |\n| --- | --- | --- | --- |\n")
	for _, i := range items {
		total += i.count * i.price
		fmt.Fprintf(&b, "| %s | %.4g | %s | %.6f |\n", i.what, i.count, i.list, i.count*i.price)
	}
	fmt.Fprintf(&b, "| **all** | | | **%.4f** |\n", total)
	return b.String(), total
}

const million = 1e6

// calls are those of the functions in a run that began with so many events: one, or
// none where it comes back to kept machines.
func (w *world) calls(events int) int {
	return events + w.times("Plan") + w.times("Stop") + w.times("CheckStatus") + w.times("Report") + w.times("NobodyComesBack")
}

// billOf is what a run costs that began with so many events of a schedule.
func billOf(t *testing.T, w *world, events int) []item {
	const (
		secondsACall = 2.0 // assumed: most of it is the wait for Zenlayer
		bytesACall   = 2e3 // assumed: the log lines of a call, those of Lambda included
	)
	memory := float64(loadTemplate(t).Globals.Function.MemorySize) / 1024
	calls := float64(w.calls(events))
	return []item{
		{"state transitions", float64(len(w.states)), 0.025 / 1000, "0.025 per 1,000"},
		{"calls of functions", calls, 0.20 / million, "0.20 per million"},
		{"GB-seconds of functions (arm64)", calls * secondsACall * memory, 0.0000133334, "0.0000133334 each"},
		{"metrics published, for an hour each", float64(len(w.metrics)), 0.30 / hoursAMonth, "0.30 a month each"},
		{"calls of PutMetricData", float64(w.times("PublishMetrics")), 0.01 / 1000, "0.01 per 1,000"},
		{"invocations of the schedule", float64(events), 1.00 / million, "1.00 per million"},
		{"events sent", float64(len(w.events)), 1.00 / million, "1.00 per million"},
		{"messages to the topic", float64(w.messages()), 0.50 / million, "0.50 per million"},
		{"reads of the secret, one for each function", 2, 0.05 / 10_000, "0.05 per 10,000"},
		{"GB of logs", calls * bytesACall / 1e9, 0.50, "0.50 each"},
		{"traces of X-Ray", 2, 5.00 / million, "5.00 per million"},
	}
}

const hoursAMonth = 730

func (w *world) messages() int { return w.times("Warn") + w.times("NotifyStopped") }

// What a run costs is computed from what it does here; docs/cost.md shows it.
func TestTheCostsAreThoseOfWhatIsCounted(t *testing.T) {
	w, n := ordinaryNight(t)
	run, nightly := bill(billOf(t, w, 1))
	resources := map[string]int{}
	for _, r := range loadTemplate(t).Resources {
		resources[r.Type]++
	}
	alarms := float64(resources["AWS::CloudWatch::Alarm"])
	rest, monthly := bill([]item{
		{"secret", float64(resources["AWS::SecretsManager::Secret"]), 0.40, "0.40 a month"},
		{"alarms; one of them only with QuietHours", alarms, 0.10, "0.10 a month each"},
		{"dashboard; free where the account has no more than three", float64(resources["AWS::CloudWatch::Dashboard"]), 3.00, "3.00 a month"},
	})
	keepBlock(t, "../docs/cost.md", "calls", fmt.Sprintf("\n%d DescribeInstances and %d StopInstances; %d calls of functions, %d state transitions, %s from start to end\n",
		n.describes, n.stop, w.calls(1), len(w.states), w.now.Sub(began)), true)
	keepBlock(t, "../docs/cost.md", "run", run, true)
	keepBlock(t, "../docs/cost.md", "rest", rest, true)
	keepBlock(t, "../docs/cost.md", "month", fmt.Sprintf("\n%.2f US$ for 30 such nights, and %.2f US$ for the stack at rest (%.2f US$ where the dashboard is free)\n",
		30*nightly, monthly, monthly-3), true)

	free := []string{
		"AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::SNS::Topic", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy",
		"AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter", "AWS::SSM::Parameter",
	}
	for _, kind := range append(free, "AWS::SecretsManager::Secret", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard") {
		delete(resources, kind)
	}
	if len(resources) > 0 {
		t.Errorf("docs/cost.md does not know what %v cost", resources)
	}
}

// The runs of a night with warnings, keeps and checks are counted as the ordinary one is.
func TestTheCostsOfWarningsKeepsAndChecksAreThoseOfWhatIsCounted(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| run | state transitions | calls of functions | DescribeInstances | StopInstances | messages | US$ |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	row := func(about string, n *night, w *world, events int) {
		_, total := bill(billOf(t, w, events))
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %.4f |\n", about, len(w.states), w.calls(events), n.describes, n.stop, w.messages(), total)
	}
	n, req := newNight()
	row("that of above", n, n.carryOut(t, began, requested(t, req, began)), 1)
	n, req = newNight()
	req.Warn = 15 * time.Minute
	row("the same, warned 15 minutes before", n, n.carryOut(t, began, requested(t, req, began)), 1)
	n, req = newNight()
	n.kept, n.until = n.ids[0], began.Add(3*time.Hour)
	w := n.carryOut(t, began, requested(t, req, began))
	row("the same, with one machine kept for 3 hours", n, w, 1)
	row("the run that comes back to that machine", n, n.carryOut(t, w.now, w.back), 0)
	n, req = newNight()
	n.off, req.CheckOnly = true, true
	row("a check of all 100, which are STOPPED", n, n.carryOut(t, began, requested(t, req, began)), 1)
	keepBlock(t, "../docs/cost.md", "further", b.String(), true)
}
