package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// object is JSON as Go decodes it.
type object = map[string]any

// most is how many instances the large documents have, the most that an execution has.
const most = runs.MaxInstancesPerRun

// Every run of the documents starts at one of these times, long ago or far ahead, so that
// no answer depends on when it is asked for.
var (
	past  = time.Date(2026, 1, 1, 19, 0, 0, 0, time.UTC)
	ahead = time.Date(2099, 1, 1, 19, 0, 0, 0, time.UTC)
)

// document is a run as a state may be given it, with the variables that go with it.
type document struct {
	about     string
	run       runs.Run
	variables object // those that are not as the first state sets them
}

// documents lists the runs. Of those that are alike the small one comes first: it is the
// one that a failing call is asked with.
func documents() []document { return slices.Concat(waiting(), ended(), unreported()) }

var (
	every = append(power.Verdicts(), power.Open)
	good  = []power.Verdict{power.Stopped, power.AlreadyStopped, power.Protected, power.Kept}
	bad   = []power.Verdict{power.TimedOut, power.Missing, power.Refused}
)

// waiting are runs on their way, or that cannot go on.
func waiting() []document {
	return []document{
		{"every verdict", run(past, rows(26, every...)), nil},
		{"1,000 instances", run(past, rows(most, every...)), nil},
		{"stops are due", run(past, rows(5, power.Open, power.Protected), next(runs.NextStop)), nil},
		{"1,000 stops are due", run(past, rows(most, every...), next(runs.NextStop)), nil},
		{"a filter", run(past, nil, unplanned, filtered), nil},
		{"1,200 ids", run(past, nil, unplanned, func(r *runs.Run) { r.Memory.InstanceIDs = ids(1200) }), nil},
		{"1,000 ids", run(past, rows(most, power.Open), unplanned), nil},
		{"to be warned", run(ahead, rows(24, power.Open, power.Protected, power.Kept), unplanned, warns, named("request-"+strings.Repeat("a", 72))), nil},
		{"to be warned late, ids", run(past, nil, unplanned, warns, filtered, func(r *runs.Run) { r.Memory.Named = ids(12) }), nil},
		{"to be warned late, 1,000 instances", run(past, rows(most, every...), unplanned, warns), nil},
		{"to be warned, two are subscribed", run(past, rows(3, power.Open), unplanned, warns), object{"subscribers": 2.0}},
		{"warned in vain", run(past, rows(3, power.Open), unplanned, warns), object{"failure": ofTopic}},
		{"comes back", run(past, rows(3, power.Open), unplanned, comesBack), nil},
		{"comes back, 1,000 instances", run(past, rows(most, power.Open), unplanned, comesBack), nil},
		{"refused by Zenlayer", run(ahead, rows(26, every...)), object{"failure": ofZenlayer, "rounds": 12.0}},
		{"blind, one instance", run(past, rows(1, power.Open), checkOnly, func(r *runs.Run) { r.Nameless = 1 }), object{"failure": ofLambda, "rounds": 12.0}},
		{"blind, 1,000 instances", run(past, rows(most, every...)), object{"failure": ofLambda, "rounds": 12.0}},
		{"1,000 calls", run(ahead, rows(24, every...)), object{"rounds": 1000.0}},
		{"a large run", run(past, nil, parts(3, 4)), nil},
		{"a large run of 3 parts", run(past, nil, parts(most, most, 1)), nil},
		{"a part", run(past, nil, unplanned, isPart(3)), nil},
		{"a part of 1,000 instances", run(past, nil, unplanned, isPart(most)), nil},
		{"parts have ended", run(past, nil, next(runs.NextParts)), object{"parts": ends()}},
		{"parts have ended well", run(past, nil, next(runs.NextParts)), object{"parts": []any{object{"run": plain(run(past, rows(8, good...), omits(992)))}}}},
	}
}

// ends are what the child executions of a large run came to.
func ends() []any {
	return []any{
		object{"run": plain(run(past, rows(15, bad...), omits(900)))},
		object{"lost": plain(part(2, 5)), "error": "States.Timeout"},
		object{"run": plain(run(past, rows(60, power.Verdicts()...)))},
	}
}

// unreported are runs for which the call that reports has failed.
func unreported() []document {
	lost := object{"failure": ofLambda}
	ended := run(past, rows(24, every...), omits(3), next(runs.NextReport))
	ended.Outcome, ended.WaitSeconds = runs.OutcomeFailed, 0
	return []document{
		{"no report", run(past, rows(26, every...)), lost},
		{"no report, 1,000 instances", run(past, rows(most, every...)), lost},
		{"no report, ids", run(past, nil, unplanned, func(r *runs.Run) { r.Memory.InstanceIDs = ids(1001) }), lost},
		{"no report, a filter", run(past, nil, unplanned, warns, filtered, func(r *runs.Run) { r.Memory.Named = ids(12) }), lost},
		{"no report, a filter that nobody has listed", run(past, nil, unplanned, filtered), lost},
		{"no report, a part", run(past, nil, unplanned, isPart(3)), lost},
		{"no report, planned parts", run(past, nil, parts(3, 4)), lost},
		{"no report, parts have ended", run(past, nil, next(runs.NextParts)), object{"failure": ofLambda, "parts": ends()}},
		{"no report, ended", ended, lost},
	}
}

// ended are runs that are over, with what is to be told of them.
func ended() []document {
	end := func(about string, o runs.Outcome, instances []power.Instance, changes ...change) document {
		r := run(ahead, instances, append(changes, next(runs.NextReport))...)
		r.Outcome, r.WaitSeconds = o, 0
		return reported(about, runs.Ending{Run: r})
	}
	kept := end("", runs.OutcomeStopped, rows(8, good...))
	ofMany := runs.Ending{Run: run(past, nil, next(runs.NextParts))}
	for n := range 2 {
		of := run(past, rows(12, bad...)[6*n:6*n+6], omits(488), isPart(0), next(runs.NextReport))
		of.Outcome = runs.OutcomeFailed
		ofMany.Parts = append(ofMany.Parts, runs.PartEnd{Run: &of})
	}
	return []document{
		end("STOPPED", runs.OutcomeStopped, rows(8, good...)),
		end("STOPPED, came back", runs.OutcomeStopped, rows(8, good...), comesBack),
		end("STOPPED, 1,000 instances", runs.OutcomeStopped, rows(most, good...)),
		end("FAILED", runs.OutcomeFailed, rows(24, power.Verdicts()...), omits(3)),
		reported("FAILED, a large run", ofMany),
		end("FAILED, 1,000 instances", runs.OutcomeFailed, rows(most, power.Verdicts()...)),
		end("FAILED, checkOnly", runs.OutcomeFailed, rows(6, power.AlreadyStopped, power.Running, power.Kept), checkOnly),
		end("PLANNED", runs.OutcomePlanned, rows(8, good...), func(r *runs.Run) { r.DryRun = true }),
		end("SKIPPED", runs.OutcomeSkipped, nil, unplanned),
		end("REFUSED", runs.OutcomeRefused, rows(7, power.Open, power.Protected)),
		end("a part, STOPPED", runs.OutcomeStopped, rows(8, good...), isPart(0)),
		end("a part, FAILED, 1,000 instances", runs.OutcomeFailed, rows(most, power.Verdicts()...), isPart(0)),
		{"a part that nobody reported", end("", runs.OutcomeFailed, rows(2, power.Unverified), isPart(0)).run, object{"notice": object{"event": "Instances Not Stopped", "error": "Zenstop.StopFailed", "lost": true}}},
		kept.without("nobody comes back", ofTimeout),
		end("", runs.OutcomeFailed, rows(most, power.Verdicts()...)).without("nobody comes back, 1,000 instances", ofTimeout),
	}
}

// reported is a run that the call has ended that reports.
func reported(about string, e runs.Ending) document {
	r := report(e)
	variables := object{"notice": plain(r.Notice)}
	if further, ok := plain(r.Further).([]any); ok && len(further) > 0 {
		variables["further"], variables["back"] = further, further[0]
	}
	return document{about, r.Run, variables}
}

// report is what StatusFunction answers to the call, long after every run of the past.
func report(e runs.Ending) runs.Report {
	at := past.AddDate(1, 0, 0)
	return runs.Runner{Now: func() time.Time { return at }, Stack: "zenstop"}.Report(e)
}

// without is a run that is over, where the start of the run that comes back has failed.
func (d document) without(about string, failure object) document {
	d.about = about
	d.variables["failure"] = failure
	return d
}

// reaches reports whether a state is asked about with the document: the state may be given
// it, and another document does not already show the same of it. A state that is not named
// here is asked about as one at which a planned run waits.
func (d *document) reaches(state string) bool {
	r, own := &d.run, d.variables != nil
	waits, part, failed := r.Outcome == runs.OutcomeWaiting, r.Part > 0, d.variables["failure"] != nil
	lost, large := strings.HasPrefix(d.about, "no report"), len(r.Instances) == most
	if state == "Unreported" || lost {
		return state == "Unreported" && (lost || failed && !waits)
	}
	of := func(n runs.Next) bool { return waits && !own && !part && r.Next == n }
	told, common := !waits && !failed, r.ComeBacks == 0 && !r.CheckOnly
	notice, _ := d.variables["notice"].(object)
	lostPart := notice["lost"] == true
	switch state {
	case "Next?":
		return waits && !part && (!own && !large || d.variables["rounds"] == 1000.0) || d.about == "FAILED, 1,000 instances"
	case "Plan":
		return of(runs.NextPlan)
	case "Stop":
		return of(runs.NextStop)
	case "CountSubscribers", "Warn", "InTime?", "SendWarning":
		return of(runs.NextWarn)
	case "Subscribed?":
		return r.Next == runs.NextWarn && !failed
	case "Hold": // TestState may really wait
		return of(runs.NextHold) || of(runs.NextWarn) && r.StopAt.Before(ahead) && !large
	case "Wait": // here too
		return r.Next == runs.NextWait && waits && r.Deadline.Before(ahead)
	case "Late?":
		return r.Next == runs.NextWait && own
	case "Parts":
		return r.Memory.Parts != nil
	case "Part":
		return r.Memory.Part != nil
	case "Report":
		return waits && own && d.variables["subscribers"] == nil || d.about == "FAILED" || d.about == "STOPPED, 1,000 instances"
	case "Further?":
		return told && !part && common && !r.DryRun && r.Outcome != runs.OutcomeSkipped
	case "ComeBack":
		back, _ := d.variables["back"].(object)
		return told && back != nil
	case "NobodyComesBack":
		return !waits && failed
	case "PublishMetrics":
		return told && !lostPart && !r.DryRun && r.Outcome != runs.OutcomeSkipped
	case "Outcome?":
		return told && common && (part || !large)
	case "NotifyStopped", "SendStopped":
		return told && !part && r.Outcome.Good() && common
	case "NotifyFailed":
		return told && !part && !r.Outcome.Good()
	case "Failed":
		return told && (!part && !r.Outcome.Good() && common || lostPart)
	case "SendFailed":
		return told && !part && !r.Outcome.Good() && common
	}
	return of(runs.NextWait)
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
			"context": object{"Execution": object{"Name": d.run.Name, "Id": "arn:aws:states:us-east-1:123456789012:execution:zenstop-StopWorkflow:" + d.run.Name}, "StateMachine": object{"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:zenstop-StopWorkflow"}},
		},
		Variables: variables,
	}
}

// result is what the call of a Task returns, or the iterations of a Map. The result of a
// call that is not listed here is an empty object.
func (d *document) result(s *asl.State) (any, error) {
	switch {
	case s.InvokesFunction() && s.Assign["notice"] != nil: // it reports
		call := object{"report": plain(d.run)}
		maps.Copy(call, d.variables)
		if back, ok := call["back"].(object); ok {
			call["back"] = back["run"]
		}
		ending, err := runs.DecodeEnding(encode(call))
		if err != nil {
			return nil, err
		}
		return object{"Payload": plain(report(ending))}, nil
	case s.InvokesFunction():
		return object{"Payload": plain(d.run)}, nil
	case strings.HasSuffix(s.Resource, ":aws-sdk:sns:getTopicAttributes"):
		return object{"Attributes": object{"TopicArn": "arn:aws:sns:us-east-1:123456789012:zenstop-NotificationTopic", "SubscriptionsConfirmed": "2"}}, nil
	case s.Type == "Map":
		return []any{
			object{"run": plain(run(past, rows(2, power.TimedOut), omits(998)))},
			object{"lost": plain(part(2, 3)), "error": "States.Timeout"},
		}, nil
	case strings.Contains(s.Resource, startExecution+".sync"):
		ended := run(past, rows(250, power.Missing, power.Stopped), omits(5), next(runs.NextReport))
		ended.Outcome, ended.Notes = runs.OutcomeFailed, append(ended.Notes, "The run could not go on: HTTP 503.")
		return object{"Output": plain(ended)}, nil
	}
	return object{}, nil
}

// The failures that documents remember and calls end with, as Step Functions gives them.
var (
	ofZenlayer = object{"Error": "Zenlayer.CredentialsRefused", "Cause": `{"errorMessage":"Zenlayer rejects the credentials: \"AUTHFAILURE\", ünicode 💡.","errorType":"Zenlayer.CredentialsRefused"}`}
	ofLambda   = object{"Error": "Lambda.Unknown", "Cause": "The process ended. " + strings.Repeat("💡ä", 300)}
	ofTopic    = object{"Error": "Sns.InternalErrorException", "Cause": "Service unavailable (Service: Sns, Status Code: 503)"}
	ofTimeout  = object{"Error": "States.Timeout", "Cause": ""}
)

// change makes a run of a kind out of a plain one.
type change = func(*runs.Run)

// run is a planned run of these instances that starts then and lasts an hour.
func run(start time.Time, instances []power.Instance, changes ...change) runs.Run {
	r := runs.New(runs.Request{
		Action: power.Stop,
		Name:   "request-verify", Trigger: runs.Trigger{Kind: "request", Reason: "verify the workflow, ünicode 💡 too"},
		Timeout: time.Hour, MaxInstances: most,
	}, start)
	r.Planned, r.Next, r.Checks, r.Notes, r.Summary = true, runs.NextWait, 12, []string{"A note, ünicode 💡."}, "A summary with an ünusual letter 💡."
	if instances != nil {
		r.Instances = instances
	}
	for i := range instances {
		if v := instances[i].Verdict; v != power.Open {
			r.Counts[v]++
		}
	}
	for _, c := range changes {
		c(&r)
	}
	return r
}

func named(name string) change { return func(r *runs.Run) { r.Name = name } }

// omits leaves so many STOPPED instances out of the document.
func omits(n int) change {
	return func(r *runs.Run) {
		r.Omitted = n
		r.Counts[power.Stopped] += n
	}
}

func next(n runs.Next) change { return func(r *runs.Run) { r.Next = n } }
func unplanned(r *runs.Run)   { r.Planned, r.Next = false, runs.NextPlan }
func checkOnly(r *runs.Run)   { r.CheckOnly = true }
func filtered(r *runs.Run) {
	r.Memory.Filter = &zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "env", Value: "dév"}}}
}

// warns makes a run that is to warn: the warning leaves half an hour, and counts if a
// quarter is left.
func warns(r *runs.Run) {
	stopAt, warnBy := r.StartedAt.Add(30*time.Minute), r.StartedAt.Add(15*time.Minute)
	r.StopAt, r.Next, r.Memory.Warned, r.Memory.WarnBy = &stopAt, runs.NextWarn, true, &warnBy
	r.Memory.Warning = &runs.Notice{
		Subject: "zenstop will stop machines: " + r.Name[:min(len(r.Name), 60)],
		Message: "24 of 24 instances will be stopped.\n\ni-00001  dätabase 💡  RUNNING\ni-00002  a \"quoted\" \\ name  KEPT until 2099-01-03T21:00:00Z",
	}
}

// comesBack makes a run that comes back to instances that were kept.
func comesBack(r *runs.Run) {
	r.Name, r.ComeBacks, r.StopAt, r.Next = "request-verify-kept", 1, &r.StartedAt, runs.NextHold
}

// parts makes a large run whose parts have so many instances each.
func parts(instances ...int) change {
	return func(r *runs.Run) {
		r.Next = runs.NextParts
		for i, n := range instances {
			r.Memory.Parts = append(r.Memory.Parts, part(i+1, n))
		}
	}
}

// isPart makes the second child execution of a large run. Before its plan it has ids.
func isPart(instances int) change {
	return func(r *runs.Run) {
		p := part(2, instances)
		if r.Name, r.Part, r.Memory.Room = p.Name, 2, p.Room; instances > 0 {
			r.Memory.Part = &p
		}
	}
}

// part is what a plan says of a part of so many instances.
func part(number, instances int) runs.Part {
	all, half := ids(instances), instances/2
	return runs.Part{
		Name: fmt.Sprintf("request-verify-part-%d", number), MaxInstances: 5, Room: 120_000, Sharers: 2,
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
func rows(n int, verdicts ...power.Verdict) []power.Instance {
	names := []string{"", "web 1", "dätabase 💡", `a "quoted" \ name`, "<&>"}
	statuses := []string{"RUNNING", "", "STOPPED", "STOPPING", "RUNNING", "STOPPED", "RUNNING"}
	all := make([]power.Instance, n)
	for i, id := range ids(n) {
		in := &all[i]
		in.ID, in.Name, in.Before, in.Status = id, names[i%len(names)], "RUNNING", statuses[i%len(statuses)]
		in.Requests, in.Seconds, in.Verdict = i%3, i%500, verdicts[i%len(verdicts)]
		if i%6 == 1 {
			in.Note = "never seen; ünstable"
		}
		special := i/len(verdicts)%2 == 0
		if special && in.Verdict == power.Kept {
			until := ahead.Add(time.Duration(48+i%5) * time.Hour)
			in.KeepUntil, in.Keeps = &until, i%3
		}
		if special && in.Verdict == power.Open {
			in.Memory.KeepEnded = past.Unix()
		}
	}
	return all
}
