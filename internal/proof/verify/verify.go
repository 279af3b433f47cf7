// Package verify asks AWS itself whether it takes the definition of StopWorkflow,
// and whether its expressions yield there what the interpreter of the tests says: where
// a state leads, its output, the variables, and what a Task hands to the service that it
// calls.
// It makes no resource, calls no function and passes no role.
package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"zenstop/statemachine"
)

// API is the part of Step Functions that is asked.
type API interface {
	ValidateStateMachineDefinition(context.Context, *sfn.ValidateStateMachineDefinitionInput, ...func(*sfn.Options)) (*sfn.ValidateStateMachineDefinitionOutput, error)
	TestState(context.Context, *sfn.TestStateInput, ...func(*sfn.Options)) (*sfn.TestStateOutput, error)
}

// Options say who is asked.
type Options struct {
	Region string
	// Endpoint is that of another AWS, such as the local one; empty: AWS itself. A
	// local AWS answers less: it ignores the variables of a state and the Output of
	// a mocked Task, tells no arguments, and does not test Map states. There only the
	// status and the next state of an answer count, and not the one to which a
	// variable leads.
	Endpoint string
}

// ErrRefused is returned where AWS answers otherwise than it should. What it
// answers has been written by then.
var ErrRefused = errors.New("AWS does not take the definition as it is")

// Run asks, and writes what it is going to ask and each answer.
func Run(ctx context.Context, api API, o Options, out io.Writer) error {
	definition := statemachine.Fill(substitutions(o.Region))
	questions, err := questionsOf(ctx, definition, time.Now())
	if err != nil {
		return err
	}
	return askAll(ctx, api, o, definition, questions, out)
}

func askAll(ctx context.Context, api API, o Options, definition []byte, questions []question, out io.Writer) error {
	fmt.Fprintf(out, `Asks %s, region %s:
  ValidateStateMachineDefinition, once, with the definition of StopWorkflow   (permission states:ValidateStateMachineDefinition)
  TestState, %d times, for each state with expressions and document for it   (permission states:TestState)
Both only answer. No resource is made, no function is called, and no role is passed.

`, name(o), o.Region, len(questions))
	refused, err := validate(ctx, api, definition, out)
	if err != nil {
		return err
	}
	for i := range questions {
		q := &questions[i]
		says, err := q.ask(ctx, api, o)
		if err != nil {
			return fmt.Errorf("TestState of %s: %w", q.about, err)
		}
		refused = refused || strings.HasPrefix(says, wrong)
		fmt.Fprintf(out, "%-*s %s\n", width, q.about, says)
	}
	if refused {
		return ErrRefused
	}
	return nil
}

func name(o Options) string {
	if o.Endpoint != "" {
		return o.Endpoint + " (not AWS itself, so outputs and arguments are not compared)"
	}
	return "AWS"
}

const (
	wrong = "WRONG: "
	width = 60 // of what an answer is about
)

// validate has the whole definition checked, and writes each diagnostic.
func validate(ctx context.Context, api API, definition []byte, out io.Writer) (refused bool, err error) {
	answer, err := api.ValidateStateMachineDefinition(ctx, &sfn.ValidateStateMachineDefinitionInput{
		Definition: aws.String(string(definition)), Type: types.StateMachineTypeStandard, Severity: types.ValidateStateMachineDefinitionSeverityWarning,
	})
	if err != nil {
		return false, fmt.Errorf("ValidateStateMachineDefinition: %w", err)
	}
	says := "ok"
	if answer.Result != types.ValidateStateMachineDefinitionResultCodeOk {
		says, refused = wrong+string(answer.Result), true
	}
	fmt.Fprintf(out, "%-*s %s\n", width, "the whole definition", says)
	for _, d := range answer.Diagnostics {
		fmt.Fprintf(out, "  %s %s at %s: %s\n", d.Severity, aws.ToString(d.Code), aws.ToString(d.Location), aws.ToString(d.Message))
	}
	return refused, nil
}

// ask has one state tested, and says in words what comes of it.
func (q *question) ask(ctx context.Context, api API, o Options) (says string, err error) {
	var options []func(*sfn.Options)
	if o.Endpoint != "" {
		options = append(options, withoutHostPrefix)
	}
	answer, err := api.TestState(ctx, q.request(), options...)
	if bad, ok := errors.AsType[*types.InvalidDefinition](err); ok {
		if o.Endpoint != "" && q.kind == "Map" {
			return "not tested: " + bad.ErrorMessage(), nil
		}
		return wrong + bad.ErrorMessage(), nil
	}
	if err != nil {
		return "", err
	}
	next := aws.ToString(answer.NextState)
	switch {
	case o.Endpoint != "" && q.variable:
		return "not compared: a variable decides", nil
	case answer.Status != q.status:
		return fmt.Sprintf("%s%s %s %s", wrong, answer.Status, aws.ToString(answer.Error), aws.ToString(answer.Cause)), nil
	case next != q.next:
		return fmt.Sprintf("%sgoes to %q, not to %q", wrong, next, q.next), nil
	case o.Endpoint != "":
		return "ok", nil
	}
	return q.compare(answer), nil
}

// compare says whether the arguments of a Task, the variables and the output of a state, or
// the error of a failed one, are as the interpreter says. AWS tells the arguments as
// afterArguments, also of a Task whose call is mocked, or fails. Where it tells no
// variables, that is said, and no mistake.
// Source: the AWS API page of InspectionData.
func (q *question) compare(answer *sfn.TestStateOutput) string {
	told := answer.InspectionData
	if told == nil {
		told = &types.InspectionData{}
	}
	if q.arguments != nil {
		if told.AfterArguments == nil {
			return wrong + "the answer has no arguments"
		}
		if says := differs("arguments are", *told.AfterArguments, q.arguments); says != "" {
			return says
		}
	}
	if q.status == types.TestExecutionStatusFailed {
		if got := aws.ToString(answer.Error) + ": " + aws.ToString(answer.Cause); got != q.output {
			return fmt.Sprintf("%sfails with %.300s instead of %.300s", wrong, got, q.output)
		}
		return "ok"
	}
	if says := differs("output is", aws.ToString(answer.Output), q.output); says != "" {
		return says
	}
	if told.Variables == nil {
		return "ok, but the answer has no variables"
	}
	return cmp.Or(differs("variables are", *told.Variables, q.variables), "ok")
}

// differs says how a text is not the JSON that it should be; empty: it is.
func differs(what, text string, want any) string {
	var got any
	if err := json.Unmarshal([]byte(text), &got); err == nil && reflect.DeepEqual(got, want) {
		return ""
	}
	return fmt.Sprintf("%sits %s\n%.2000s\nand the interpreter's\n%.2000s", wrong, what, text, encode(want))
}

// withoutHostPrefix keeps the SDK from writing sync- before the host of an endpoint
// that was given, as it does for TestState: such a host does not exist.
func withoutHostPrefix(o *sfn.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutHostPrefix",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
	})
}
