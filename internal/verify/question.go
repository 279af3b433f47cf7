package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/asl"
)

// question is one state, with what it is given and what must come of it.
type question struct {
	about      string
	kind       string // the state's Type
	definition []byte // of the state alone
	scope      asl.Scope
	failure    *asl.Failure // of a mocked Task; nil: it works
	attempts   int          // that failed before, as far as the state retries

	status types.TestExecutionStatus
	next   string
	output any // of a failed state its error and cause, as a text
}

// questionsOf lists the questions about each state with expressions, and what the
// interpreter says of them. A Task is asked twice: its call works, and it fails.
func questionsOf(definition []byte) ([]question, error) {
	machine, err := asl.Parse(definition)
	if err != nil {
		return nil, err
	}
	texts := map[string]json.RawMessage{}
	if err := statesOf(definition, texts); err != nil {
		return nil, err
	}
	var all []question
	for _, flow := range machine.Flows() {
		for _, name := range slices.Sorted(maps.Keys(flow.States)) {
			s := flow.States[name]
			if len(s.Expressions()) == 0 {
				continue
			}
			for _, failure := range failuresOf(s) {
				q := question{about: name, kind: s.Type, definition: texts[name], scope: scopeOf(name, failure), failure: failure}
				if failure != nil {
					q.about += ", its call fails"
				}
				if err := q.answer(s); err != nil {
					return nil, fmt.Errorf("state %s: %w", name, err)
				}
				all = append(all, q)
			}
		}
	}
	return all, nil
}

// failuresOf are the ways in which the call of a state can end.
func failuresOf(s *asl.State) []*asl.Failure {
	if len(s.Catch) == 0 {
		return []*asl.Failure{nil}
	}
	return []*asl.Failure{nil, {Error: "Lambda.Unknown", Cause: "The process ended."}}
}

// statesOf collects the text of each state, those inside a Map too. Each gets the
// query language, which stands at the top of the definition.
func statesOf(flow []byte, into map[string]json.RawMessage) error {
	var f struct {
		States map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(flow, &f); err != nil {
		return err
	}
	for name, state := range f.States {
		if inner := state["ItemProcessor"]; inner != nil {
			if err := statesOf(inner, into); err != nil {
				return err
			}
		}
		state["QueryLanguage"] = json.RawMessage(`"JSONata"`)
		into[name] = encode(state)
	}
	return nil
}

// answer works out what must come of the state.
func (q *question) answer(s *asl.State) (err error) {
	q.status, q.next, q.output = types.TestExecutionStatusSucceeded, s.Next, q.scope.States["input"]
	output := &s.Output
	switch {
	case s.Type == "Choice":
		return q.choose(s)
	case s.Type == "Fail":
		return q.fail(s)
	case q.failure != nil:
		catcher := &s.Catch[len(s.Catch)-1]
		q.status, q.next, output = types.TestExecutionStatusCaughtError, catcher.Next, &catcher.Output
		for _, r := range s.Retry {
			if slices.Contains(r.ErrorEquals, "States.ALL") {
				q.attempts = r.Repetitions()
			}
		}
	case s.Type == "Task" || s.Type == "Map":
		q.output = q.scope.States["result"]
	}
	if output.Text() != "" {
		q.output, err = q.evaluate(output)
	}
	return err
}

func (q *question) choose(s *asl.State) error {
	q.next = s.Default
	for i := range s.Choices {
		yes, err := q.evaluate(&s.Choices[i].Condition)
		if err != nil {
			return err
		}
		if yes == true {
			q.next = s.Choices[i].Next
			return nil
		}
	}
	return nil
}

func (q *question) fail(s *asl.State) error {
	name, err := q.evaluate(&s.Error)
	if err != nil {
		return err
	}
	cause, err := q.evaluate(&s.Cause)
	q.status, q.output = types.TestExecutionStatusFailed, fmt.Sprintf("%v: %v", name, cause)
	return err
}

// evaluate works an expression out as the tests do, to what JSON shows of it.
func (q *question) evaluate(v *asl.Value) (any, error) {
	expression, ok := asl.Expression(v.Text())
	if !ok {
		return nil, fmt.Errorf("%s is no expression", v.Text())
	}
	value, err := asl.Evaluate(expression, q.scope)
	return plain(value), err
}

// request is the question as TestState takes it. A mock makes a role unnecessary; it
// and a context may be given for Task and Map states only.
// Source: the AWS pages of TestState and of testing state machines with it.
func (q *question) request() *sfn.TestStateInput {
	in := &sfn.TestStateInput{
		Definition: aws.String(string(q.definition)), Input: text(q.scope.States["input"]), Variables: text(q.scope.Variables),
	}
	if q.kind != "Task" && q.kind != "Map" {
		return in
	}
	in.Mock = &types.MockInput{FieldValidationMode: types.MockResponseValidationModeNone}
	if q.failure != nil {
		in.Mock.ErrorOutput = &types.MockErrorOutput{Error: &q.failure.Error, Cause: &q.failure.Cause}
		in.StateConfiguration = &types.TestStateConfiguration{RetrierRetryCount: aws.Int32(int32(q.attempts))} //nolint:gosec // 0 to 3
	} else {
		in.Mock.Result = text(q.scope.States["result"])
	}
	if q.kind == "Task" {
		in.Context = text(q.scope.States["context"])
	}
	return in
}

func text(v any) *string { return aws.String(string(encode(v))) }

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of what JSON shows
	}
	return raw
}

// plain is a value as JSON shows it.
func plain(v any) any {
	var p any
	if err := json.Unmarshal(encode(v), &p); err != nil {
		panic(err) // it was just written
	}
	return p
}

// substitutions are what the template fills in, with names of a made-up account.
func substitutions(region string) map[string]string {
	partition := "aws"
	for prefix, of := range map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"} {
		if strings.HasPrefix(region, prefix) {
			partition = of
		}
	}
	arn := "arn:" + partition + ":%s:" + region + ":123456789012:%s"
	return map[string]string{
		"Partition": partition, "StackName": "zenstop", "EventBusName": "default",
		"StopFunctionArn":      fmt.Sprintf(arn, "lambda", "function:zenstop-StopFunction"),
		"StatusFunctionArn":    fmt.Sprintf(arn, "lambda", "function:zenstop-StatusFunction"),
		"NotificationTopicArn": fmt.Sprintf(arn, "sns", "zenstop-NotificationTopic"),
	}
}
