package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/asl"
)

// question is one state, with what it is given and what must come of it.
type question struct {
	about      string
	state      string
	kind       string // the state's Type
	definition []byte // of the state alone
	scope      asl.Scope
	failure    *asl.Failure // of a mocked Task; nil: it works
	attempts   int          // that failed before, as far as the state retries

	status    types.TestExecutionStatus
	next      string
	variable  bool // without the variables, the state may lead elsewhere
	arguments any  // that a Task gets; nil where the state has none
	output    any  // of a failed state its error and cause, as a text
	variables any  // when the state is left; nil where it fails
}

// questionsOf lists the questions about each state with expressions, one for each
// document that it may be given, and what the interpreter says of them at that time. Of
// a Task that catches failures it is also asked what follows from each kind of them.
func questionsOf(ctx context.Context, definition []byte, now time.Time) ([]question, error) {
	machine, err := asl.Parse(definition)
	if err != nil {
		return nil, err
	}
	texts := map[string]json.RawMessage{}
	if err := statesOf(definition, texts); err != nil {
		return nil, err
	}
	var all []question
	docs := documents()
	for _, flow := range machine.Flows() {
		for _, name := range slices.Sorted(maps.Keys(flow.States)) {
			s := flow.States[name]
			if len(s.Expressions()) == 0 {
				continue
			}
			about, err := questionsAbout(name, s, docs)
			if err != nil {
				return nil, fmt.Errorf("state %s: %w", name, err)
			}
			for _, q := range about {
				q.state, q.kind, q.definition, q.scope.Now = name, s.Type, texts[name], now
				if err := q.begin(ctx, machine.States[machine.StartAt]); err != nil {
					return nil, fmt.Errorf("state %s: %w", machine.StartAt, err)
				}
				if err := q.answer(ctx, s); err != nil {
					return nil, fmt.Errorf("%s: %w", q.about, err)
				}
				all = append(all, q)
			}
		}
	}
	return all, nil
}

// questionsAbout are those about one state, without their answers. A failure is asked
// about with the first document alone: the others would show nothing more of it.
func questionsAbout(name string, s *asl.State, docs []document) (all []question, err error) {
	failures := append([]*asl.Failure{nil}, failuresOf(s)...)
	for i := range docs {
		d := &docs[i]
		if !d.reaches(name) {
			continue
		}
		for _, failure := range failures {
			q := question{about: name + ", " + d.about, scope: d.scope(), failure: failure}
			switch {
			case failure != nil:
				q.about += ", " + failure.Error
				q.scope.States["errorOutput"] = object{"Error": failure.Error, "Cause": failure.Cause}
			case s.Type == "Task" || s.Type == "Map":
				if q.scope.States["result"], err = d.result(s); err != nil {
					return nil, fmt.Errorf("%s: %w", d.about, err)
				}
			}
			all = append(all, q)
		}
		failures = failures[:1]
	}
	return all, nil
}

// failuresOf are the ways in which the call of a state can fail that lead elsewhere, or
// are retried otherwise: one that no retrier or catcher names, and those that one does.
func failuresOf(s *asl.State) []*asl.Failure {
	if len(s.Catch) == 0 {
		return nil
	}
	var named []string
	for _, r := range s.Retry {
		named = append(named, r.ErrorEquals...)
	}
	for _, c := range s.Catch {
		named = append(named, c.ErrorEquals...)
	}
	return slices.DeleteFunc([]*asl.Failure{
		{Error: "Lambda.Unknown", Cause: "The process ended."},
		{Error: "Zenlayer.Unavailable", Cause: `{"errorMessage":"HTTP 503","errorType":"Zenlayer.Unavailable"}`},
		{Error: "Zenlayer.CredentialsRefused", Cause: `{"errorMessage":"AUTHFAILURE","errorType":"Zenlayer.CredentialsRefused"}`},
		{Error: "StepFunctions.ExecutionAlreadyExistsException", Cause: "Execution Already Exists"},
	}, func(f *asl.Failure) bool { return f.Error != "Lambda.Unknown" && !slices.Contains(named, f.Error) })
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

// begin sets the variables that the document leaves as the first state sets them.
func (q *question) begin(ctx context.Context, first *asl.State) error {
	began, err := first.Test(ctx, q.scope, nil)
	for name, value := range began.Variables {
		if _, ok := q.scope.Variables[name]; !ok {
			q.scope.Variables[name] = plain(value)
		}
	}
	return err
}

// answer works out what must come of the state.
func (q *question) answer(ctx context.Context, s *asl.State) error {
	is, err := s.Test(ctx, q.scope, q.failure)
	if err != nil {
		return err
	}
	q.status, q.next = types.TestExecutionStatusSucceeded, is.Next
	if s.Type == "Task" {
		q.arguments = plain(is.Arguments)
	}
	switch {
	case s.Type == "Fail":
		q.status, q.output = types.TestExecutionStatusFailed, is.Ended.Error+": "+is.Ended.Cause
		return nil
	case is.Ended != nil && is.Ended.Status != asl.Succeeded:
		return fmt.Errorf("%s: %s", is.Ended.Error, is.Ended.Cause)
	case is.Caught != nil:
		q.status, q.attempts = types.TestExecutionStatusCaughtError, is.Attempts-1
	case s.Type == "Choice":
		q.variable, err = q.needsVariables(ctx, s)
	}
	q.output, q.variables = plain(json.RawMessage(is.Output)), plain(is.Variables)
	return err
}

// needsVariables reports whether the state may lead elsewhere without the variables: a
// condition about them alone then yields nothing, which is an error.
func (q *question) needsVariables(ctx context.Context, s *asl.State) (bool, error) {
	for i := range s.Choices {
		if c := &s.Choices[i]; !strings.Contains(c.Condition.Text(), "$states.") {
			return true, nil
		} else if c.Next == q.next {
			break
		}
	}
	without, err := s.Test(ctx, asl.Scope{States: q.scope.States, Now: q.scope.Now}, nil)
	return without.Next != q.next, err
}

// request is the question as TestState takes it. A mock makes a role unnecessary; it
// and a context may be given for Task and Map states only. At the level DEBUG the answer
// tells the arguments.
// Source: the AWS pages of TestState and of testing state machines with it.
func (q *question) request() *sfn.TestStateInput {
	in := &sfn.TestStateInput{
		Definition: aws.String(string(q.definition)), Input: text(q.scope.States["input"]), Variables: text(q.scope.Variables),
		InspectionLevel: types.InspectionLevelDebug,
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
