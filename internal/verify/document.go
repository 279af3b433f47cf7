package verify

import (
	"fmt"
	"time"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
)

// object is JSON as Go decodes it.
type object = map[string]any

// most is how many instances the documents have, the most that an execution has.
const most = shutdown.MaxInstancesPerRun

// began is when the run of the documents started. Its deadline is long past, so that
// no answer depends on when it is asked for.
var began = time.Date(2026, 1, 1, 19, 0, 0, 0, time.UTC)

// run is the document of a run of 1,000 instances, of every verdict and open ones.
func run(outcome shutdown.Outcome) object {
	ids := make([]string, most)
	for i := range ids {
		ids[i] = fmt.Sprintf("i-%05d", i)
	}
	r := shutdown.New(shutdown.Request{
		Run: "request-verify", Trigger: shutdown.Trigger{Kind: "request", Reason: "verify the workflow, ünicode 💡 too"},
		Timeout: time.Hour, MaxInstances: most, Target: shutdown.Target{InstanceIDs: ids},
	}, began)
	r.Outcome, r.Planned, r.StopDue, r.Summary, r.Checks = outcome, true, false, "A summary with an ünusual letter.", 12
	r.StopAt, r.Plan.WarnBy = &began, &began
	verdicts := append(shutdown.Verdicts(), shutdown.Open)
	for i := range r.Instances {
		in := &r.Instances[i]
		in.Name, in.Before, in.Status, in.StopRequests, in.Seconds = fmt.Sprintf("machine %d", i), "RUNNING", "STOPPED", i%3, i%500
		if in.Verdict = verdicts[i%len(verdicts)]; in.Verdict != shutdown.Open {
			r.Counts[in.Verdict]++
		}
	}
	return toObject(r)
}

// part is what a plan says of a part of 1,000 instances.
func part() object {
	ids := make([]any, most)
	for i := range ids {
		ids[i] = fmt.Sprintf("i-%05d", i)
	}
	return object{"run": "request-verify-part-1", "maxInstances": 5.0, "rows": 200.0, "statuses": object{"RUNNING": ids[1:], "": ids[:1]}}
}

// scopeOf is what a state is given, in a run in which it does most.
func scopeOf(state string, failure *asl.Failure) asl.Scope {
	input, result := run(shutdown.OutcomeWaiting), any(object{})
	switch state {
	case "Plan", "Stop", "CheckStatus":
		result = object{"Payload": run(shutdown.OutcomeWaiting)}
	case "Parts":
		input["plan"], input["instances"] = object{"parts": []any{part()}}, []any{}
		bad := object{"id": "i-1", "name": "", "before": "RUNNING", "status": "RUNNING", "stopRequests": 1.0, "verdict": "TIMED_OUT", "seconds": 0.0}
		result = []any{object{"instances": []any{bad}, "omitted": 999.0, "counts": object{"TIMED_OUT": 1.0, "STOPPED": 999.0}, "notes": []any{"a note"}, "remarks": []any{}}}
	case "Part":
		input["plan"], input["instances"] = object{"part": part()}, []any{}
		result = object{"Output": run(shutdown.OutcomeFailed)}
	case "NotifyStopped", "SendStopped":
		input = run(shutdown.OutcomeStopped)
	case "PublishMetrics", "Outcome?", "PartEnded", "NotifyFailed", "SendFailed", "Failed":
		input = run(shutdown.OutcomeFailed)
	}
	scope := asl.Scope{
		States: map[string]any{
			"input": input, "result": result,
			"context": object{"Execution": object{"Name": "request-verify"}, "StateMachine": object{"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:zenstop-StopWorkflow"}},
		},
		Variables: map[string]any{
			"rounds": 12.0, "failure": object{}, "blind": false, "large": false, "remarks": []any{"A remark."},
			"goodVerdicts": []any{"STOPPED", "ALREADY_STOPPED", "PROTECTED"},
		},
		Now: time.Now(),
	}
	if failure != nil {
		scope.States["errorOutput"] = object{"Error": failure.Error, "Cause": failure.Cause}
	}
	return scope
}

func toObject(v any) object {
	o, ok := plain(v).(object)
	if !ok {
		panic("a run document is no JSON object")
	}
	return o
}
