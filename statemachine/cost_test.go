package statemachine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
	"zenstop/internal/zenlayer"
)

// night is a Zenlayer whose instances are all RUNNING, and STOPPED two minutes after
// they were asked. It counts the calls.
type night struct {
	now             func() time.Time
	ids             []string
	asked           map[string]time.Time
	describes, stop int
}

func (n *night) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	n.describes++
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		status := zenlayer.StatusRunning
		if at, ok := n.asked[id]; ok {
			if status = zenlayer.StatusStopping; n.now().Sub(at) >= 2*time.Minute {
				status = zenlayer.StatusStopped
			}
		}
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Name: "machine " + id, Status: status, Tags: []zenlayer.Tag{{Key: "night-off"}}})
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
func carriedOut(t *testing.T, call func(context.Context, *shutdown.Run) error) func(object) (object, *asl.Failure) {
	return func(doc object) (object, *asl.Failure) {
		run, err := shutdown.Decode(encode(t, doc))
		if err != nil {
			t.Fatal(err)
		}
		if err := call(t.Context(), &run); err != nil {
			t.Fatal(err)
		}
		return decode(t, encode(t, run)), nil
	}
}

// ordinaryNight carries out a run of 100 instances that a filter finds.
func ordinaryNight(t *testing.T) (*world, *night) {
	t.Helper()
	w := newWorld(t)
	n := &night{now: func() time.Time { return w.now }, ids: manyIDs(100, 20), asked: map[string]time.Time{}}
	runner := shutdown.Runner{API: n, Now: n.now}
	w.plan, w.stop, w.check = carriedOut(t, runner.Plan), carriedOut(t, runner.Stop), carriedOut(t, runner.Check)
	doc := decode(t, encode(t, shutdown.New(shutdown.Request{
		Run: "schedule-1", Timeout: 30 * time.Minute, MaxInstances: 100,
		Target: shutdown.Target{Filter: &zenlayer.Filter{TagKeys: []string{"night-off"}}},
	}, began)))
	if end := w.run(doc); end.Status != asl.Succeeded || len(n.asked) != 100 {
		t.Fatalf("%s: %v", end.Status, w.resulted["summary"])
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

// What a run costs is computed from what it does here; docs/cost.md shows it.
func TestTheCostsAreThoseOfWhatIsCounted(t *testing.T) {
	w, n := ordinaryNight(t)
	calls := float64(1 + w.times("Plan") + w.times("Stop") + w.times("CheckStatus")) // 1: the event
	const (
		million      = 1e6
		secondsACall = 2.0 // assumed: most of it is the wait for Zenlayer
		bytesACall   = 2e3 // assumed: the log lines of a call, those of Lambda included
		hoursAMonth  = 730
	)
	memory := float64(loadTemplate(t).Globals.Function.MemorySize) / 1024
	run, nightly := bill([]item{
		{"state transitions", float64(len(w.states)), 0.025 / 1000, "0.025 per 1,000"},
		{"calls of functions", calls, 0.20 / million, "0.20 per million"},
		{"GB-seconds of functions (arm64)", calls * secondsACall * memory, 0.0000133334, "0.0000133334 each"},
		{"metrics published, for an hour each", float64(len(w.metrics)), 0.30 / hoursAMonth, "0.30 a month each"},
		{"calls of PutMetricData", float64(w.times("PublishMetrics")), 0.01 / 1000, "0.01 per 1,000"},
		{"invocations of the schedule", 1, 1.00 / million, "1.00 per million"},
		{"events sent", float64(w.times("SendStopped")), 1.00 / million, "1.00 per million"},
		{"messages to the topic", float64(w.times("NotifyStopped")), 0.50 / million, "0.50 per million"},
		{"reads of the secret, one for each function", 2, 0.05 / 10_000, "0.05 per 10,000"},
		{"GB of logs", calls * bytesACall / 1e9, 0.50, "0.50 each"},
		{"traces of X-Ray", 2, 5.00 / million, "5.00 per million"},
	})
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
	keepBlock(t, "../docs/cost.md", "calls", fmt.Sprintf("\n%d DescribeInstances and %d StopInstances; %.0f calls of functions, %d state transitions, %s from start to end\n",
		n.describes, n.stop, calls, len(w.states), w.now.Sub(began)), true)
	keepBlock(t, "../docs/cost.md", "run", run, true)
	keepBlock(t, "../docs/cost.md", "rest", rest, true)
	keepBlock(t, "../docs/cost.md", "month", fmt.Sprintf("\n%.2f US$ for 30 such nights, and %.2f US$ for the stack at rest (%.2f US$ where the dashboard is free)\n",
		30*nightly, monthly, monthly-3), true)

	free := []string{
		"AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::SNS::Topic", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy",
		"AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::SSM::Parameter",
	}
	for _, kind := range append(free, "AWS::SecretsManager::Secret", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard") {
		delete(resources, kind)
	}
	if len(resources) > 0 {
		t.Errorf("docs/cost.md does not know what %v cost", resources)
	}
}
