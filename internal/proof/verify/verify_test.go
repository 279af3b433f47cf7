package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/statemachine"
)

// now is when the answers are worked out.
var now = time.Now()

// asked are the questions, which no test changes.
var asked = sync.OnceValues(func() ([]question, error) {
	return questionsOf(context.Background(), statemachine.Fill(substitutions("us-east-1")), now)
})

func questions(t *testing.T) []question {
	t.Helper()
	all, err := asked()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// states are those of the definition that have expressions.
func states(t *testing.T) map[string]*asl.State {
	t.Helper()
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*asl.State{}
	for _, flow := range machine.Flows() {
		maps.Copy(all, flow.States)
	}
	maps.DeleteFunc(all, func(_ string, s *asl.State) bool { return len(s.Expressions()) == 0 })
	return all
}

// askedAWS answers as the interpreter says, but for what a test changes.
type askedAWS struct {
	t         *testing.T
	questions []question
	asked     int
	change    func(q *question, answer *sfn.TestStateOutput) error
	invalid   bool
	denied    error
}

func (a *askedAWS) ValidateStateMachineDefinition(context.Context, *sfn.ValidateStateMachineDefinitionInput, ...func(*sfn.Options)) (*sfn.ValidateStateMachineDefinitionOutput, error) {
	out := &sfn.ValidateStateMachineDefinitionOutput{Result: types.ValidateStateMachineDefinitionResultCodeOk}
	if a.invalid {
		out.Result = types.ValidateStateMachineDefinitionResultCodeFail
		out.Diagnostics = []types.ValidateStateMachineDefinitionDiagnostic{{
			Severity: types.ValidateStateMachineDefinitionSeverityError, Code: aws.String("MISSING_TRANSITION_TARGET"), Location: aws.String("/States/Wait/Next"), Message: aws.String("no such state"),
		}}
	}
	return out, a.denied
}

func (a *askedAWS) TestState(_ context.Context, in *sfn.TestStateInput, _ ...func(*sfn.Options)) (*sfn.TestStateOutput, error) {
	q := &a.questions[a.asked]
	a.asked++
	if *in.Definition != string(q.definition) {
		a.t.Errorf("%s is asked out of turn", q.about)
	}
	out := &sfn.TestStateOutput{Status: q.status, Output: text(q.output)}
	if q.next != "" {
		out.NextState = &q.next
	}
	if q.status == types.TestExecutionStatusFailed {
		says, _ := q.output.(string)
		name, cause, _ := strings.Cut(says, ": ")
		out.Error, out.Cause, out.Output = &name, &cause, nil
	}
	if in.InspectionLevel == types.InspectionLevelDebug {
		out.InspectionData = &types.InspectionData{Variables: text(q.variables)}
		if q.arguments != nil {
			out.InspectionData.AfterArguments = text(q.arguments)
		}
	}
	if a.change != nil {
		return out, a.change(q, out)
	}
	return out, nil
}

func TestEveryStateWithExpressionsIsAskedAboutWithSeveralDocuments(t *testing.T) {
	working, failing, large := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, q := range questions(t) {
		if q.failure == nil {
			working[q.state]++
		} else {
			failing[q.state]++
		}
		large[q.state] = large[q.state] || len(encode(q.scope.States["input"])) > 100_000
	}
	all := states(t)
	for name, s := range all {
		if working[name] < 2 {
			t.Errorf("%s is asked about with %d documents", name, working[name])
		}
		if (failing[name] > 0) != (len(s.Catch) > 0) {
			t.Errorf("%s is asked about with %d calls that fail", name, failing[name])
		}
		if of := name == "Parts" || name == "Part"; !of && !large[name] { // theirs hold ids, and no instances
			t.Errorf("%s is not asked about with a large document", name)
		}
	}
	if len(working) != len(all) {
		t.Errorf("%d states are asked about, want %d", len(working), len(all))
	}
}

func TestEveryBranchOfEveryChoiceIsAskedAbout(t *testing.T) {
	taken, branches := map[string]bool{}, 0
	for _, q := range questions(t) {
		taken[q.state+" to "+q.next] = true
	}
	for name, s := range states(t) {
		if s.Type != "Choice" {
			continue
		}
		leads := []string{s.Default}
		for i := range s.Choices {
			leads = append(leads, s.Choices[i].Next)
		}
		for _, next := range leads {
			if branches++; !taken[name+" to "+next] {
				t.Errorf("nothing is asked about the branch from %s to %s", name, next)
			}
		}
	}
	if branches < 15 {
		t.Errorf("the definition has %d branches", branches)
	}
}

func TestTheArgumentsOfEachTaskAreAskedFor(t *testing.T) {
	for _, q := range questions(t) {
		if level := q.request().InspectionLevel; level != types.InspectionLevelDebug {
			t.Errorf("%s: asked at the level %q", q.about, level)
		}
		if (q.arguments != nil) != (q.kind == "Task") {
			t.Errorf("%s (%s) has the arguments %.100v", q.about, q.kind, q.arguments)
		}
	}
}

func TestTheArgumentsAreThoseThatTheTaskGets(t *testing.T) {
	want := map[string]string{
		"Plan, a filter":                     `{"FunctionName":"arn:aws:lambda:us-east-1:123456789012:function:zenstop-StopFunction","Payload":{"plan":{`,
		"Stop, stops are due":                `"Payload":{"stop":{`,
		"Warn, to be warned":                 `KEPT until 2099-01-03T21:00:00Z`,
		"Warn, to be warned late, ids":       `\ni-00010\ni-00011"`,
		"Report, refused by Zenlayer":        `"failure":{"Cause":"{\"errorMessage\":\"Zenlayer rejects the credentials`,
		"Report, parts have ended":           `{"error":"States.Timeout","lost":{"maxInstances":5,`,
		"NobodyComesBack, nobody comes back": `"metrics":[{"Dimensions":[{"Name":"Stack","Value":"zenstop"},{"Name":"Outcome","Value":"STOPPED"}]`,
		"ComeBack, FAILED":                   `"Name":"request-verify-kept"`,
		"ComeBack, STOPPED, came back":       `"Name":"request-verify-kept-2"`,
		"Part, a part":                       `"Name":"request-verify-part-2"`,
		"PublishMetrics, STOPPED":            `"MetricName":"RunDuration","Unit":"Seconds","Value":0}`,
		"NotifyStopped, SKIPPED":             `"Subject":"zenstop SKIPPED: request-verify"`,
		"NotifyFailed, FAILED":               `i-00008`,
		"SendStopped, PLANNED":               `"DetailType":"Stop Planned"`,
		"SendFailed, REFUSED":                `"DetailType":"Stop Refused"`,
	}
	wantParts(t, want, func(q *question) any { return q.arguments })
}

// wantParts checks, by question, that its JSON has a part, and that each of them is asked.
func wantParts(t *testing.T, want map[string]string, of func(*question) any) {
	t.Helper()
	for _, q := range questions(t) {
		if got := string(encode(of(&q))); !strings.Contains(got, want[q.about]) {
			t.Errorf("%s: %.3000s\nlack %s", q.about, got, want[q.about])
		}
		delete(want, q.about)
	}
	if len(want) > 0 {
		t.Errorf("not asked: %v", want)
	}
}

func TestTheVariablesAreThoseThatTheStateLeaves(t *testing.T) {
	want := map[string]string{
		"Report, warned in vain":                     `"notice":{"error":"Zenstop.Refused","event":"Stop Refused","message":"Refused, nothing was stopped: the warning could not be sent (Sns.InternalErrorException).`,
		"Report, warned in vain, Lambda.Unknown":     `"failure":{"Cause":"The process ended.","Error":"Lambda.Unknown"},"further":[],"notice":{},`,
		"Unreported, no report":                      `"error":"Zenstop.StopFailed","event":"Instances Not Stopped","lost":true,"message":"No function could be called`,
		"CheckStatus, every verdict":                 `"failure":{},"further":[],"notice":{},"parts":[],"rounds":1,"subscribers":0`,
		"CheckStatus, every verdict, Lambda.Unknown": `"failure":{"Cause":"The process ended.","Error":"Lambda.Unknown"},`,
		"Parts, a large run":                         `"parts":[{"run":{`,
		"Next?, 1,000 calls":                         `"rounds":1000,`,
	}
	wantParts(t, want, func(q *question) any { return q.variables })
}

func TestTheOutputsAreThoseThatTheStateLeaves(t *testing.T) {
	want := map[string]string{
		"Hold, to be warned late, ids":            `"next":"hold"`,
		"Report, blind, one instance":             `"notes":["A note, ünicode 💡.","The last look was not possible: Lambda.Unknown: The process ended. 💡ä`,
		"Report, 1,000 calls":                     `The run could not go on: the workflow has reached its limit of 1000 calls of the functions.`,
		"Report, parts have ended":                `The execution request-verify-part-2 ended without a report: States.Timeout.`,
		"NobodyComesBack, nobody comes back":      `"forsaken":true`,
		"Unreported, no report":                   `"TIMED_OUT":1,"UNVERIFIED":2},`,
		"Unreported, no report, parts have ended": `"TIMED_OUT":9,"UNVERIFIED":9}`,
		"Unreported, no report, ids":              `"counts":{"UNVERIFIED":1001}`,
		"Unreported, no report, ended":            `"STOPPED":5,"STOPPED_AGAIN":1,"TIMED_OUT":1,"UNVERIFIED":2},`,
		"Unreported, no report, a part":           `"counts":{"UNVERIFIED":3}`,
	}
	wantParts(t, want, func(q *question) any { return q.output })
}

func TestNoAnswerDependsOnWhenItIsAskedFor(t *testing.T) {
	all, err := questionsOf(context.Background(), statemachine.Fill(substitutions("us-east-1")), now.AddDate(30, 0, 0).Add(1234*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range questions(t) {
		later := all[i]
		later.scope.Now = q.scope.Now
		if !reflect.DeepEqual(later, q) {
			t.Errorf("%s: the answer is another one 30 years later", q.about)
		}
	}
}

func TestTheDocumentsAreThoseOfRunsAndHoldEveryVerdictAndOutcome(t *testing.T) {
	var texts []string
	for _, d := range documents() {
		text := encode(d.run)
		if _, err := runs.Decode(text); err != nil {
			t.Errorf("%s: %v", d.about, err)
		}
		texts = append(texts, string(text))
	}
	all := strings.Join(texts, "\n")
	for _, v := range append(power.Verdicts(), power.Open) {
		if !strings.Contains(all, fmt.Sprintf(`"verdict":%q`, v)) {
			t.Errorf("no instance is %q", v)
		}
	}
	for _, o := range []runs.Outcome{runs.OutcomeWaiting, runs.OutcomeStopped, runs.OutcomePlanned, runs.OutcomeSkipped, runs.OutcomeFailed, runs.OutcomeRefused} {
		if !strings.Contains(all, fmt.Sprintf(`"outcome":%q`, o)) {
			t.Errorf("no run is %s", o)
		}
	}
	for _, part := range []string{`"keepUntil":`, `"k":`, `"note":`, `"stopAt":`, `"warnBy":`, `"named":`, `"comeBacks":1`, `"checkOnly":true`, `"dryRun":true`, `"nameless":1`, `"omitted":3`, `"filter":`, `"warning":`, "dätabase 💡"} {
		if !strings.Contains(all, part) {
			t.Errorf("no document holds %s", part)
		}
	}
}

// What is to be added for a state that is new is its documents, and the result of its call.
func TestAStateThatIsNewIsAskedAbout(t *testing.T) {
	all, err := questionsOf(t.Context(), []byte(`{"QueryLanguage": "JSONata", "StartAt": "Begin", "States": {
		"Begin": {"Type": "Pass", "Assign": {"tag": "keep", "rounds": 0}, "Next": "Look"},
		"Look": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sns:listTopics", "Arguments": {"Name": "{% $tag & ' ' & $states.input.run %}"}, "Next": "End"},
		"End": {"Type": "Succeed"}}}`), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 || all[0].state != "Look" || string(encode(all[0].arguments)) != `{"Name":"keep request-verify"}` || string(encode(all[0].output)) != `{}` {
		t.Errorf("%d questions, the first: %s with %s", len(all), all[0].about, encode(all[0].arguments))
	}
}

// Source of the bounds and of what may be given for which state: the AWS page of TestState.
func TestEachQuestionIsOneThatAWSTakes(t *testing.T) {
	all := questions(t)
	if len(all) >= 150 {
		t.Errorf("%d questions: AWS takes few a second", len(all))
	}
	for _, q := range all {
		in := q.request()
		if in.Mock == nil {
			in.Mock = &types.MockInput{}
			if q.kind == "Task" || q.kind == "Map" || in.Context != nil {
				t.Errorf("%s (%s) has no mock, a context: %t", q.about, q.kind, in.Context != nil)
			}
		} else if q.kind != "Task" && q.kind != "Map" {
			t.Errorf("%s (%s) has a mock", q.about, q.kind)
		}
		for what, value := range map[string]*string{"input": in.Input, "variables": in.Variables, "context": in.Context, "mocked result": in.Mock.Result, "arguments": text(q.arguments)} {
			if len(aws.ToString(value)) > asl.MaxBytes {
				t.Errorf("%s: the %s has %d bytes", q.about, what, len(*value))
			}
		}
		if in.RoleArn != nil {
			t.Errorf("%s passes a role", q.about)
		}
	}
}

func TestWhatAWSAnswersOtherwiseIsNamed(t *testing.T) {
	at := func(about string, change func(*sfn.TestStateOutput) error) func(*question, *sfn.TestStateOutput) error {
		return func(q *question, out *sfn.TestStateOutput) error {
			if q.about != about {
				return nil
			}
			return change(out)
		}
	}
	var all []question // about small documents
	for _, q := range questions(t) {
		if len(encode(q.scope.States["input"])) < 10_000 {
			all = append(all, q)
		}
	}
	for about, c := range map[string]struct {
		aws      askedAWS
		endpoint string
		says     string
		want     error
	}{
		"all is as it should be":         {says: line("PublishMetrics, FAILED", "ok\n")},
		"the whole definition is no one": {aws: askedAWS{invalid: true}, says: "ERROR MISSING_TRANSITION_TARGET at /States/Wait/Next: no such state", want: ErrRefused},
		"an expression fails": {
			aws: askedAWS{change: at("Unreported, no report", func(out *sfn.TestStateOutput) error {
				out.Status, out.Error, out.Cause = types.TestExecutionStatusFailed, aws.String("States.QueryEvaluationError"), aws.String("too deep")
				return nil
			})},
			says: line("Unreported, no report", "WRONG: FAILED States.QueryEvaluationError too deep"), want: ErrRefused,
		},
		"a choice goes elsewhere": {
			aws: askedAWS{change: at("Next?, every verdict", func(out *sfn.TestStateOutput) error {
				out.NextState = aws.String("Stop")
				return nil
			})},
			says: `goes to "Stop", not to "Wait"`, want: ErrRefused,
		},
		"an output is another one": {
			aws: askedAWS{change: at("Unreported, no report", func(out *sfn.TestStateOutput) error {
				out.Output = aws.String(`{"outcome":"x"}`)
				return nil
			})},
			says: line("Unreported, no report", "WRONG: its output is\n{\"outcome\":\"x\"}\nand the interpreter's\n{"), want: ErrRefused,
		},
		"a task gets other arguments": {
			aws: askedAWS{change: at("NotifyFailed, FAILED", func(out *sfn.TestStateOutput) error {
				out.InspectionData.AfterArguments = aws.String(`{"Message":"x"}`)
				return nil
			})},
			says: line("NotifyFailed, FAILED", "WRONG: its arguments are\n{\"Message\":\"x\"}\nand the interpreter's\n{\"Message\":\"A summary"), want: ErrRefused,
		},
		"a task whose call fails gets other arguments": {
			aws: askedAWS{change: at("ComeBack, STOPPED, Lambda.Unknown", func(out *sfn.TestStateOutput) error {
				out.InspectionData.AfterArguments = aws.String(`{}`)
				return nil
			})},
			says: "WRONG: its arguments are\n{}\nand", want: ErrRefused,
		},
		"arguments are no JSON": {
			aws: askedAWS{change: at("ComeBack, STOPPED", func(out *sfn.TestStateOutput) error {
				out.InspectionData.AfterArguments = aws.String(`{`)
				return nil
			})},
			says: line("ComeBack, STOPPED", "WRONG: its arguments are\n{\nand"), want: ErrRefused,
		},
		"arguments are not told": {
			aws: askedAWS{change: at("PublishMetrics, FAILED", func(out *sfn.TestStateOutput) error {
				out.InspectionData.AfterArguments = nil
				return nil
			})},
			says: line("PublishMetrics, FAILED", "WRONG: the answer has no arguments"), want: ErrRefused,
		},
		"nothing is told of a state": {
			aws: askedAWS{change: at("PublishMetrics, FAILED", func(out *sfn.TestStateOutput) error {
				out.InspectionData = nil
				return nil
			})},
			says: line("PublishMetrics, FAILED", "WRONG: the answer has no arguments"), want: ErrRefused,
		},
		"a variable gets another value": {
			aws: askedAWS{change: at("Unreported, no report, a part", func(out *sfn.TestStateOutput) error {
				out.InspectionData.Variables = aws.String(`{"notice":{}}`)
				return nil
			})},
			says: line("Unreported, no report, a part", "WRONG: its variables are\n{\"notice\":{}}\nand the interpreter's\n{"), want: ErrRefused,
		},
		"variables are not told": {
			aws: askedAWS{change: at("Unreported, no report, a part", func(out *sfn.TestStateOutput) error {
				out.InspectionData = nil
				return nil
			})},
			says: line("Unreported, no report, a part", "ok, but the answer has no variables"),
		},
		"arguments count on AWS alone": {
			aws: askedAWS{change: func(_ *question, out *sfn.TestStateOutput) error {
				out.InspectionData = nil
				return nil
			}},
			endpoint: "http://127.0.0.1:4566", says: line("PublishMetrics, FAILED", "ok"),
		},
		"a local AWS need not know the variables": {
			aws: askedAWS{change: at("Late?, 1,000 calls", func(out *sfn.TestStateOutput) error {
				out.NextState = aws.String("Report")
				return nil
			})},
			endpoint: "http://127.0.0.1:4566", says: line("Late?, 1,000 calls", "not compared: a variable decides"),
		},
		"nor one that decides that no choice holds": {
			aws: askedAWS{change: at("Further?, FAILED", func(out *sfn.TestStateOutput) error {
				out.NextState = aws.String("ComeBack")
				return nil
			})},
			endpoint: "http://127.0.0.1:4566", says: line("Further?, FAILED", "not compared: a variable decides"),
		},
		"where no variable decides, it has to lead where it should": {
			aws: askedAWS{change: at("Next?, stops are due", func(out *sfn.TestStateOutput) error {
				out.NextState = aws.String("Wait")
				return nil
			})},
			endpoint: "http://127.0.0.1:4566", says: line("Next?, stops are due", `WRONG: goes to "Wait", not to "Stop"`), want: ErrRefused,
		},
		"outputs count on AWS alone": {
			aws: askedAWS{change: at("Unreported, no report", func(out *sfn.TestStateOutput) error {
				out.Output = aws.String(`{}`)
				return nil
			})},
			endpoint: "http://127.0.0.1:4566", says: "outputs and arguments are not compared",
		},
		"the cause of a failed run is another one": {
			aws: askedAWS{change: at("Failed, FAILED", func(out *sfn.TestStateOutput) error {
				out.Cause = aws.String("another")
				return nil
			})},
			says: "WRONG: fails with Zenstop.StopFailed: another instead of", want: ErrRefused,
		},
		"a state is not understood": {
			aws:  askedAWS{change: at("Parts, a large run", func(*sfn.TestStateOutput) error { return &types.InvalidDefinition{Message: aws.String("no Map")} })},
			says: "WRONG: no Map", want: ErrRefused,
		},
		"a local AWS need not know Map states": {
			aws:      askedAWS{change: at("Parts, a large run", func(*sfn.TestStateOutput) error { return &types.InvalidDefinition{Message: aws.String("no Map")} })},
			endpoint: "http://127.0.0.1:4566", says: "not tested: no Map",
		},
		"nothing may be asked": {aws: askedAWS{denied: errDenied}, says: "states:TestState", want: errDenied},
	} {
		t.Run(about, func(t *testing.T) {
			c.aws.t, c.aws.questions = t, all
			var out strings.Builder
			err := askAll(t.Context(), &c.aws, Options{Region: "us-east-1", Endpoint: c.endpoint}, nil, all, &out)
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("error = %v, want %v", err, c.want)
			}
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("output does not say %q:\n%.3000s", c.says, out.String())
			}
		})
	}
}

// line is the line of the output that says this of a question.
func line(about, says string) string { return fmt.Sprintf("%-*s %s", width, about, says) }

var errDenied = errors.New("AccessDeniedException")

func TestThePartitionIsThatOfTheRegion(t *testing.T) {
	for region, want := range map[string]string{"eu-central-1": "arn:aws:", "cn-north-1": "arn:aws-cn:", "us-gov-west-1": "arn:aws-us-gov:", "eusc-de-east-1": "arn:aws-eusc:"} {
		if got := substitutions(region)["StopFunctionArn"]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", region, got)
		}
	}
}
