package verify

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/asl"
	"zenstop/statemachine"
)

func questions(t *testing.T) []question {
	t.Helper()
	all, err := questionsOf(statemachine.Fill(substitutions("us-east-1")))
	if err != nil {
		t.Fatal(err)
	}
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
	if a.change != nil {
		return out, a.change(q, out)
	}
	return out, nil
}

func TestEveryStateWithExpressionsIsAskedAbout(t *testing.T) {
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]int{}
	for _, q := range questions(t) {
		name, _, _ := strings.Cut(q.about, ",")
		asked[name]++
	}
	for _, flow := range machine.Flows() {
		for name, s := range flow.States {
			want := min(len(s.Expressions()), 1)
			if len(s.Catch) > 0 {
				want = 2
			}
			if asked[name] != want {
				t.Errorf("%s is asked about %d times, want %d", name, asked[name], want)
			}
		}
	}
}

// Source of the bounds and of what may be given for which state: the AWS page of TestState.
func TestEachQuestionIsOneThatAWSTakes(t *testing.T) {
	large := 0
	for _, q := range questions(t) {
		in := q.request()
		for what, value := range map[string]*string{"input": in.Input, "variables": in.Variables, "context": in.Context} {
			if len(aws.ToString(value)) > asl.MaxBytes {
				t.Errorf("%s: the %s has %d bytes", q.about, what, len(*value))
			}
		}
		if len(*in.Input) > 100_000 {
			large++
		}
		if mocked := q.kind == "Task" || q.kind == "Map"; mocked != (in.Mock != nil) || !mocked && in.Context != nil {
			t.Errorf("%s (%s) has a mock: %t, a context: %t", q.about, q.kind, in.Mock != nil, in.Context != nil)
		}
		if in.Mock != nil && len(aws.ToString(in.Mock.Result)) > asl.MaxBytes {
			t.Errorf("%s: the mocked result has %d bytes", q.about, len(*in.Mock.Result))
		}
		if in.RoleArn != nil {
			t.Errorf("%s passes a role", q.about)
		}
	}
	if large < 15 {
		t.Errorf("%d questions with a large document", large)
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
	all := questions(t)
	for about, c := range map[string]struct {
		aws      askedAWS
		endpoint string
		says     string
		want     error
	}{
		"all is as it should be":         {says: "PublishMetrics                       ok\n"},
		"the whole definition is no one": {aws: askedAWS{invalid: true}, says: "ERROR MISSING_TRANSITION_TARGET at /States/Wait/Next: no such state", want: ErrRefused},
		"an expression fails": {
			aws: askedAWS{change: at("Report", func(out *sfn.TestStateOutput) error {
				out.Status, out.Error, out.Cause = types.TestExecutionStatusFailed, aws.String("States.QueryEvaluationError"), aws.String("too deep")
				return nil
			})},
			says: "Report                               WRONG: FAILED States.QueryEvaluationError too deep", want: ErrRefused,
		},
		"a choice goes elsewhere": {
			aws: askedAWS{change: at("Decided?", func(out *sfn.TestStateOutput) error {
				out.NextState = aws.String("Stop")
				return nil
			})},
			says: `goes to "Stop", not to "Wait"`, want: ErrRefused,
		},
		"an output is another one": {
			aws: askedAWS{change: at("GiveUp", func(out *sfn.TestStateOutput) error {
				out.Output = aws.String(`{"outcome":"x"}`)
				return nil
			})},
			says: "GiveUp                               WRONG: its output is", want: ErrRefused,
		},
		"outputs count on AWS alone": {
			aws: askedAWS{change: at("GiveUp", func(out *sfn.TestStateOutput) error {
				out.Output = aws.String(`{}`)
				return nil
			})},
			endpoint: "http://127.0.0.1:4566", says: "outputs are not compared",
		},
		"the cause of a failed run is another one": {
			aws: askedAWS{change: at("Failed", func(out *sfn.TestStateOutput) error {
				out.Cause = aws.String("another")
				return nil
			})},
			says: "WRONG: fails with Zenstop.StopFailed: another instead of", want: ErrRefused,
		},
		"a state is not understood": {
			aws:  askedAWS{change: at("Parts", func(*sfn.TestStateOutput) error { return &types.InvalidDefinition{Message: aws.String("no Map")} })},
			says: "WRONG: no Map", want: ErrRefused,
		},
		"a local AWS need not know Map states": {
			aws:      askedAWS{change: at("Parts", func(*sfn.TestStateOutput) error { return &types.InvalidDefinition{Message: aws.String("no Map")} })},
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

var errDenied = errors.New("AccessDeniedException")

func TestThePartitionIsThatOfTheRegion(t *testing.T) {
	for region, want := range map[string]string{"eu-central-1": "arn:aws:", "cn-north-1": "arn:aws-cn:", "us-gov-west-1": "arn:aws-us-gov:", "eusc-de-east-1": "arn:aws-eusc:"} {
		if got := substitutions(region)["StopFunctionArn"]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", region, got)
		}
	}
}
