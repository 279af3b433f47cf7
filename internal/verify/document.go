package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
	"zenstop/internal/zenlayer"
)

// object is JSON as Go decodes it.
type object = map[string]any

// most is how many instances the large documents have, the most that an execution has.
const most = shutdown.MaxInstancesPerRun

// Every run of the documents starts at one of these times, long ago or far ahead, so that
// no answer depends on when it is asked for. The runs that have ended are ahead: how long
// they took, which is one of their metrics, is then 0 at any time.
var (
	past  = time.Date(2026, 1, 1, 19, 0, 0, 0, time.UTC)
	ahead = time.Date(2099, 1, 1, 19, 0, 0, 0, time.UTC)
)

// document is a run as a state may be given it, with the variables that go with it.
type document struct {
	about     string
	run       shutdown.Run
	variables object // those that are not as the first state sets them
}

// documents lists the runs. Of those that are alike the small one comes first: it is the
// one that a failing call is asked with.
func documents() []document { return slices.Concat(waiting(), ended()) }

// waiting are runs on their way.
func waiting() []document {
	every, bad := append(shutdown.Verdicts(), shutdown.Open), []shutdown.Verdict{shutdown.TimedOut, shutdown.Missing, shutdown.RefusedStop}
	return []document{
		{"every verdict", run(past, rows(26, every...)), nil},
		{"1,000 instances", run(past, rows(most, every...)), nil},
		{"stops are due", run(past, rows(5, shutdown.Open, shutdown.Protected), stopDue), nil},
		{"1,000 stops are due", run(past, rows(most, every...), stopDue), nil},
		{"a filter", run(past, nil, unplanned, func(r *shutdown.Run) {
			r.Plan.Filter = &zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "env", Value: "dév"}}}
		}), nil},
		{"1,200 ids", run(past, nil, unplanned, func(r *shutdown.Run) { r.Plan.InstanceIDs = ids(1200) }), nil},
		{"warned in time", run(ahead, rows(24, shutdown.Open, shutdown.Protected, shutdown.Kept), unplanned, warned, named("request-"+strings.Repeat("a", 72))), nil},
		{"warned late, ids", run(past, nil, unplanned, warned, func(r *shutdown.Run) { r.Plan.Named = ids(12) }), nil},
		{"warned late, 1,000 instances", run(past, rows(most, every...), unplanned, warned), nil},
		{"warned in vain", run(past, rows(3, shutdown.Open), unplanned, warned), object{"failure": ofTopic}},
		{"warned, two are subscribed", run(past, rows(3, shutdown.Open), unplanned, warned), object{"subscribers": 2.0}},
		{"warned before", run(ahead, rows(3, shutdown.Open), unplanned, warned), object{"warned": true}},
		{"a run that comes back", run(ahead, rows(3, shutdown.Open), unplanned, comesBack), nil},
		{"refused by Zenlayer", run(ahead, rows(26, every...)), object{"failure": ofZenlayer, "rounds": 12.0}},
		{"blind, one instance", run(past, rows(1, shutdown.Open), checkOnly, func(r *shutdown.Run) { r.Nameless = 1 }), object{"failure": ofLambda, "rounds": 12.0, "blind": true, "remarks": []any{"A remark, ünicode 💡."}}},
		{"1,000 calls", run(past, rows(24, every...)), object{"rounds": 1000.0}},
		{"a large run", run(past, nil, parts(3, 4)), nil},
		{"a large run of 3 parts", run(past, nil, parts(most, most, 1)), nil},
		{"a part", run(past, nil, unplanned, isPart(3)), nil},
		{"a part of 1,000 instances", run(past, nil, unplanned, isPart(most)), nil},
		{"merged parts", run(past, rows(15, bad...), omits(900)), object{"large": true, "remarks": []any{"No run could be started that comes back to the kept instances (States.Timeout).", strings.Repeat("ä💡x", 250)}}},
		{"merged parts, all good", run(past, nil, omits(2000)), object{"large": true}},
	}
}

// ended are runs that are over.
func ended() []document {
	verdicts, bad := shutdown.Verdicts(), []shutdown.Verdict{shutdown.TimedOut, shutdown.Missing, shutdown.RefusedStop}
	good := []shutdown.Verdict{shutdown.Stopped, shutdown.AlreadyStopped, shutdown.Protected, shutdown.Kept}
	end := func(o shutdown.Outcome, instances []shutdown.Instance, changes ...change) shutdown.Run {
		r := run(ahead, instances, changes...)
		r.Outcome, r.StopDue, r.WaitSeconds = o, false, 0
		return r
	}
	return []document{
		{"STOPPED", end(shutdown.OutcomeStopped, rows(8, good...)), nil},
		{"STOPPED, came back", end(shutdown.OutcomeStopped, rows(8, good...), comesBack), nil},
		{"STOPPED, 1,000 instances", end(shutdown.OutcomeStopped, rows(most, good...)), nil},
		{"FAILED", end(shutdown.OutcomeFailed, rows(24, verdicts...), omits(3)), nil},
		{"FAILED, a large run", end(shutdown.OutcomeFailed, rows(24, bad...), omits(976)), object{"large": true}},
		{"FAILED, 1,000 instances", end(shutdown.OutcomeFailed, rows(most, verdicts...)), nil},
		{"FAILED, checkOnly", end(shutdown.OutcomeFailed, rows(6, shutdown.AlreadyStopped, shutdown.Running, shutdown.Kept), checkOnly), nil},
		{"PLANNED", end(shutdown.OutcomePlanned, rows(8, good...), func(r *shutdown.Run) { r.DryRun = true }), nil},
		{"SKIPPED", end(shutdown.OutcomeSkipped, nil, unplanned), nil},
		{"REFUSED", end(shutdown.OutcomeRefused, rows(7, shutdown.Open, shutdown.Protected)), nil},
		{"a part, STOPPED", end(shutdown.OutcomeStopped, rows(8, good...), isPart(0)), nil},
		{"a part, FAILED, 1,000 instances", end(shutdown.OutcomeFailed, rows(most, verdicts...), isPart(0)), nil},
	}
}

// reaches reports whether a state is asked about with the document: the state may be given
// it, and another document does not already show the same of it. A state that is not named
// here is asked about as one at which a planned run waits.
func (d *document) reaches(state string) bool {
	r, own, merged := &d.run, d.variables != nil, d.variables["large"] != nil
	waits, part := r.Outcome == shutdown.OutcomeWaiting, r.Part > 0
	checked := waits && r.Planned && !r.StopDue && r.Plan.Parts == nil
	common := !own && r.ComeBacks == 0 && !r.CheckOnly
	switch state {
	case "Decided?":
		vain := r.Plan.Warned && own && d.variables["warned"] == nil
		return waits && !part && !merged && !vain || r.Outcome == shutdown.OutcomePlanned
	case "Plan":
		return waits && !r.Planned && !part && common
	case "Stop":
		return r.Planned && r.StopDue
	case "CountSubscribers":
		return r.Plan.Warned && !own
	case "Subscribed?":
		return r.Plan.Warned && (!own || d.variables["subscribers"] != nil)
	case "Warn", "InTime?", "SendWarning":
		return r.Plan.Warned && !own
	case "NotWarned":
		return r.Plan.Warned && d.variables["warned"] == nil
	case "Hold": // TestState may really wait
		return r.Plan.Warned && !own && r.StopAt.Before(ahead)
	case "Wait": // here too
		return checked && !merged && r.Deadline.Before(ahead)
	case "Parts":
		return r.Plan.Parts != nil
	case "Part":
		return r.Plan.Part != nil
	case "GiveUp":
		held, due := r.Plan.Warned && r.Plan.Named == nil || r.ComeBacks > 0, r.Planned && r.StopDue
		return waits && !merged && !held && !due
	case "Report":
		return checked && (!own || d.variables["remarks"] != nil || merged)
	case "Kept?":
		return !waits && !part && r.ComeBacks == 0
	case "ComeBack":
		return !waits && !part && !r.CheckOnly && !r.DryRun && slices.ContainsFunc(r.Instances, func(in shutdown.Instance) bool { return in.KeepUntil != nil })
	case "PublishMetrics":
		return !waits
	case "Outcome?":
		return !waits && common
	case "PartEnded":
		return !waits && part
	case "NotifyStopped", "SendStopped":
		return !waits && !part && r.Outcome.Good() && common
	case "NotifyFailed":
		return !waits && !part && !r.Outcome.Good()
	case "SendFailed", "Failed":
		return !waits && !part && !r.Outcome.Good() && common
	}
	return checked && !own
}

// startExecution is in the resource of a Task that starts an execution.
const startExecution = ":states:startExecution"

// scope is what a state is given, with those variables alone that are the document's own.
func (d *document) scope() asl.Scope {
	variables := object{}
	maps.Copy(variables, d.variables)
	return asl.Scope{
		States: map[string]any{
			"input":   plain(d.run),
			"context": object{"Execution": object{"Name": d.run.Run, "Id": "arn:aws:states:us-east-1:123456789012:execution:zenstop-StopWorkflow:" + d.run.Run}, "StateMachine": object{"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:zenstop-StopWorkflow"}},
		},
		Variables: variables,
	}
}

// result is what the call of a Task returns, or the iterations of a Map. The result of a
// call that is not listed here is an empty object.
func (d *document) result(s *asl.State) any {
	switch {
	case s.InvokesFunction():
		return object{"Payload": plain(d.run)}
	case strings.HasSuffix(s.Resource, ":aws-sdk:sns:getTopicAttributes"):
		return object{"Attributes": object{"TopicArn": "arn:aws:sns:us-east-1:123456789012:zenstop-NotificationTopic", "SubscriptionsConfirmed": "2"}}
	case s.Type == "Map":
		return []any{
			object{"instances": plain(rows(2, shutdown.TimedOut)), "omitted": 998.0, "counts": object{"TIMED_OUT": 2.0, "STOPPED": 998.0}, "notes": []any{"A note of a part."}, "remarks": []any{}},
			object{"instances": plain(rows(1, shutdown.Unverified)), "omitted": 2.0, "counts": object{"UNVERIFIED": 3.0}, "notes": []any{}, "remarks": []any{"The execution request-verify-part-2 ended without a report: States.Timeout."}},
		}
	case strings.Contains(s.Resource, startExecution+".sync"):
		ended := run(past, rows(250, shutdown.Missing, shutdown.Stopped), omits(5), func(r *shutdown.Run) {
			r.Outcome, r.Notes = shutdown.OutcomeFailed, append(r.Notes, "The run could not go on: HTTP 503.", "No run could be started that comes back to the kept instances (States.Timeout).")
		})
		return object{"Output": plain(ended)}
	}
	return object{}
}

// The failures that documents remember and calls end with, as Step Functions gives them.
var (
	ofZenlayer = object{"Error": "Zenlayer.CredentialsRefused", "Cause": `{"errorMessage":"Zenlayer refuses the credentials: \"AUTHFAILURE\", ünicode 💡.","errorType":"Zenlayer.CredentialsRefused"}`}
	ofLambda   = object{"Error": "Lambda.Unknown", "Cause": "The process ended. " + strings.Repeat("💡ä", 300)}
	ofTopic    = object{"Error": "Sns.InternalErrorException", "Cause": "Service unavailable (Service: Sns, Status Code: 503)"}
)

// change makes a run of a kind out of a plain one.
type change = func(*shutdown.Run)

// run is a planned run of these instances that starts then and lasts an hour.
func run(start time.Time, instances []shutdown.Instance, changes ...change) shutdown.Run {
	r := shutdown.New(shutdown.Request{
		Run: "request-verify", Trigger: shutdown.Trigger{Kind: "request", Reason: "verify the workflow, ünicode 💡 too"},
		Timeout: time.Hour, MaxInstances: most,
	}, start)
	r.Planned, r.StopDue, r.Checks, r.Notes, r.Summary = true, false, 12, []string{"A note, ünicode 💡."}, "A summary with an ünusual letter 💡."
	if instances != nil {
		r.Instances = instances
	}
	for i := range instances {
		if v := instances[i].Verdict; v != shutdown.Open {
			r.Counts[v]++
		}
	}
	for _, c := range changes {
		c(&r)
	}
	return r
}

func named(name string) change { return func(r *shutdown.Run) { r.Run = name } }

// omits leaves so many STOPPED instances out of the document.
func omits(n int) change {
	return func(r *shutdown.Run) {
		r.Omitted = n
		r.Counts[shutdown.Stopped] += n
	}
}

func stopDue(r *shutdown.Run)   { r.StopDue = true }
func unplanned(r *shutdown.Run) { r.Planned, r.StopDue = false, true }
func checkOnly(r *shutdown.Run) { r.CheckOnly = true }

// warned makes a run whose warning leaves half an hour, and counts if a quarter is left.
func warned(r *shutdown.Run) {
	stopAt, warnBy := r.StartedAt.Add(30*time.Minute), r.StartedAt.Add(15*time.Minute)
	r.StopAt, r.Plan.Warned, r.Plan.WarnBy = &stopAt, true, &warnBy
}

// comesBack makes a run that comes back to instances that were kept.
func comesBack(r *shutdown.Run) {
	r.Run, r.ComeBacks, r.StopAt = "request-verify-kept", 1, &r.StartedAt
}

// parts makes a large run whose parts have so many instances each.
func parts(instances ...int) change {
	return func(r *shutdown.Run) {
		for i, n := range instances {
			r.Plan.Parts = append(r.Plan.Parts, part(i+1, n))
		}
	}
}

// isPart makes the second child execution of a large run. Before its plan it has ids.
func isPart(instances int) change {
	return func(r *shutdown.Run) {
		p := part(2, instances)
		if r.Run, r.Part = p.Run, 2; instances > 0 {
			r.Plan.Part = &p
		}
	}
}

// part is what a plan says of a part of so many instances.
func part(number, instances int) shutdown.Part {
	all, half := ids(instances), instances/2
	return shutdown.Part{
		Run: fmt.Sprintf("request-verify-part-%d", number), MaxInstances: 5, Rows: 200, Sharers: 2,
		Statuses: map[string][]string{"RUNNING": all[half:], "": all[:half]},
	}
}

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("i-%05d", i)
	}
	return all
}

// rows are so many instances with these verdicts in turn. What is peculiar to one follows
// from its number: in every other turn a KEPT instance has a time at which a run comes back
// to it, and an open one had a keep that has ended.
func rows(n int, verdicts ...shutdown.Verdict) []shutdown.Instance {
	names := []string{"", "web 1", "dätabase 💡", `a "quoted" \ name`, "<&>"}
	statuses := []string{"RUNNING", "", "STOPPED", "STOPPING", "RUNNING", "STOPPED", "RUNNING"}
	all := make([]shutdown.Instance, n)
	for i, id := range ids(n) {
		in := &all[i]
		in.ID, in.Name, in.Before, in.Status = id, names[i%len(names)], "RUNNING", statuses[i%len(statuses)]
		in.StopRequests, in.Seconds, in.Verdict = i%3, i%500, verdicts[i%len(verdicts)]
		if i%6 == 1 {
			in.Note = "never seen; ünstable"
		}
		special := i/len(verdicts)%2 == 0
		if special && in.Verdict == shutdown.Kept {
			until := ahead.Add(time.Duration(48+i%5) * time.Hour)
			in.KeepUntil, in.Keeps = &until, i%3
		}
		if special && in.Verdict == shutdown.Open {
			in.Memory.KeepEnded = past.Unix()
		}
	}
	return all
}
