package statemachine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// night is a Zenlayer whose instances are all RUNNING, or all STOPPED, and else STOPPED
// two minutes after they were asked.
type night struct {
	ids     []string
	off     bool
	kept    string // the id of one with a keep tag; empty: none
	until   time.Time
	account *cloud.Account // nil: nothing was asked yet
	now     func() time.Time

	asked           map[string]time.Time // to stop, and when
	describes, stop int                  // calls of the last run
}

const keepTag = "zenstop-keep-until"

// zenlayer is the account of the night, which has this clock from now on.
func (n *night) zenlayer(now func() time.Time) *cloud.Account {
	if n.now = now; n.account != nil {
		return n.account
	}
	var fleet []cloud.Instance
	for _, id := range n.ids {
		in := cloud.Instance{ID: id, Status: zenlayer.StatusRunning, StopTakes: 2 * time.Minute, Tags: []zenlayer.Tag{{Key: "night-off"}}}
		if n.off {
			in.Status = zenlayer.StatusStopped
		}
		if id == n.kept {
			in.Tags = append(in.Tags, zenlayer.Tag{Key: keepTag, Value: n.until.Format(time.RFC3339)})
		}
		fleet = append(fleet, in)
	}
	n.account = cloud.NewAccount(func() time.Time { return n.now() }, fleet...)
	return n.account
}

// newNight is the night of 100 instances that a filter finds, and the request for it.
func newNight() (*night, runs.Request) {
	return &night{ids: manyIDs(100, 20)}, runs.Request{
		Action: power.Stop,
		Name:   "schedule-1", Timeout: 30 * time.Minute, MaxInstances: 100,
		Target: runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{"night-off"}}},
	}
}

// carryOut carries out a run of the night that begins then.
func (n *night) carryOut(t *testing.T, from time.Time, doc object) *world {
	t.Helper()
	w := newWorld(t)
	w.now = from
	n.run(w, doc)
	return w
}

// run carries out a run with the real functions, which ends well.
func (n *night) run(w *world, doc object) {
	w.t.Helper()
	runner := &w.functions.Runner
	account := n.zenlayer(runner.Now)
	runner.API, runner.Rules = account, power.Rules{KeepTagKey: keepTag, ProtectTagKey: "zenstop-protect"}
	account.Describes, account.Stops = 0, 0
	if end := w.run(doc); end.Status != asl.Succeeded {
		w.t.Fatalf("%s: %v", end.Status, w.resulted["summary"])
	}
	n.describes, n.stop, n.asked = account.Describes, account.Stops, map[string]time.Time{}
	for id, in := range account.Instances {
		if !in.Asked.IsZero() {
			n.asked[id] = in.Asked
		}
	}
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
		n.describes, n.stop, w.calls(1), len(w.states), w.now.Sub(began)))
	keepBlock(t, "../docs/cost.md", "run", run)
	keepBlock(t, "../docs/cost.md", "rest", rest)
	keepBlock(t, "../docs/cost.md", "month", fmt.Sprintf("\n%.2f US$ for 30 such nights, and %.2f US$ for the stack at rest (%.2f US$ where the dashboard is free)\n",
		30*nightly, monthly, monthly-3))

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

// The runs of a night with warnings, keeps, starts and checks are counted as the ordinary one is.
func TestTheCostsOfWarningsKeepsStartsAndChecksAreThoseOfWhatIsCounted(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| run | state transitions | calls of functions | DescribeInstances | StopInstances or StartInstances | messages | US$ |\n| --- | --- | --- | --- | --- | --- | --- |\n")
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
	morning := began.Add(12 * time.Hour)
	req.StartAt = &morning
	w = n.carryOut(t, began, requested(t, req, began))
	row("the same, started again in the morning", n, w, 1)
	w = n.carryOut(t, w.now, w.back)
	row("the run that starts all 100 again", n, w, 0)
	if last := w.sights[len(w.sights)-1].doc; last.Counts[power.Started] != len(n.ids) {
		t.Fatalf("%s ends %s: %s", last.Name, last.Outcome, last.Summary)
	}
	n, req = newNight()
	n.off, req.CheckOnly = true, true
	row("a check of all 100, which are STOPPED", n, n.carryOut(t, began, requested(t, req, began)), 1)
	keepBlock(t, "../docs/cost.md", "further", b.String())
}
