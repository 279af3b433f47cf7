// Package cloud plays what is around an execution of StopWorkflow: the AWS services that its
// definition asks, the functions, and a Zenlayer account. So for whoever carries out the
// definition that is deployed, one place says what is asked for and how the answer looks.
package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"zenstop/internal/proof/asl"
)

// Machine is the ARN of the state machine.
const Machine = "arn:aws:states:us-east-1:123456789012:stateMachine:zenstop"

// ExecutionARN is the ARN of an execution of the machine.
func ExecutionARN(name string) string {
	return "arn:aws:states:us-east-1:123456789012:execution:zenstop:" + name
}

// The resources of the definition's Task states, with the partition aws.
const (
	ResourceInvoke      = "arn:aws:states:::lambda:invoke"
	ResourceChild       = "arn:aws:states:::states:startExecution.sync:2"
	ResourceStart       = "arn:aws:states:::states:startExecution"
	ResourceSubscribers = "arn:aws:states:::aws-sdk:sns:getTopicAttributes"
	ResourcePublish     = "arn:aws:states:::sns:publish"
	ResourceSend        = "arn:aws:states:::events:putEvents"
	ResourceMeasure     = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
)

// AWS is the services that one execution asks. Only Invoke is required: what else is nil works,
// and what it gets goes nowhere.
type AWS struct {
	Machine *asl.Machine
	Env     asl.Env // Task: nil is [AWS.Task]

	Invoke      func(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) // see [Answer]
	Child       func(ctx context.Context, name string, input []byte) (asl.End, *asl.Failure)      // carries out an execution; nil: with the same services
	Start       func(name string, input []byte) *asl.Failure
	Subscribers func() (confirmed string, failure *asl.Failure) // nil: there is one
	Publish     func(context.Context, Message) *asl.Failure
	Send        func(detailType string) *asl.Failure
	Measure     func(namespace string, data []Datum) *asl.Failure
}

// Message is one to the topic, with its message attribute outcome.
type Message struct{ Subject, Text, Outcome string }

// Datum is an entry of the MetricData of PutMetricData.
type Datum struct {
	MetricName, Unit string
	Dimensions       []struct{ Name, Value string }
	Value            *float64
	Values, Counts   []float64
}

// Run carries out an execution from its start to its end. An error means that ctx was done before.
func (s *AWS) Run(ctx context.Context, name string, input []byte) (asl.End, error) {
	env := s.Env
	if env.Task == nil {
		env.Task = s.Task
	}
	return s.Machine.Run(ctx, env, asl.Execution{Name: name, ID: ExecutionARN(name), Machine: Machine, Input: input})
}

// Task makes one attempt of a Task state: see [asl.Env]. Sources: for arguments and results, the AWS
// page of each action; that their names begin with a capital in Step Functions, "Integrating
// services with Step Functions".
func (s *AWS) Task(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
	var failure *asl.Failure
	switch result := []byte(`{}`); resource {
	case ResourceInvoke:
		return s.Invoke(ctx, a.Text("FunctionName"), a["Payload"])
	case ResourceChild:
		return s.child(ctx, a)
	case ResourceStart: // StartExecution
		if failure = ofMachine(a); failure == nil && s.Start != nil {
			failure = s.Start(a.Text("Name"), a["Input"])
		}
		return encode(map[string]string{"ExecutionArn": ExecutionARN(a.Text("Name"))}), failure
	case ResourceSubscribers: // GetTopicAttributes, whose numbers are texts
		confirmed := "1"
		if s.Subscribers != nil {
			confirmed, failure = s.Subscribers()
		}
		return encode(map[string]any{"Attributes": map[string]string{"TopicArn": a.Text("TopicArn"), "SubscriptionsConfirmed": confirmed}}), failure
	case ResourcePublish: // Publish of SNS
		var of struct {
			Outcome struct{ DataType, StringValue string }
		}
		if failure = read(a, "MessageAttributes", &of); failure == nil && of.Outcome.DataType != "String" {
			failure = &asl.Failure{Error: "SNS.InvalidParameterValueException", Cause: "the type of a message attribute is not String"}
		}
		if failure == nil && s.Publish != nil {
			failure = s.Publish(ctx, Message{a.Text("Subject"), a.Text("Message"), of.Outcome.StringValue})
		}
		return result, failure
	case ResourceSend: // PutEvents, which may also fail for some of its entries
		var events []struct{ DetailType string }
		if failure = read(a, "Entries", &events); failure == nil && s.Send != nil {
			failure = s.Send(events[0].DetailType)
		}
		return []byte(`{"FailedEntryCount":0}`), failure
	case ResourceMeasure: // PutMetricData
		var data []Datum
		if failure = read(a, "MetricData", &data); failure == nil && s.Measure != nil {
			failure = s.Measure(a.Text("Namespace"), data)
		}
		return result, failure
	}
	return nil, &asl.Failure{Error: "States.Runtime", Cause: "there is no resource " + resource}
}

// Aborted is the end of a child execution that somebody aborted, beside those of [asl.End].
const Aborted = "ABORTED"

// child waits for the end of a child execution. Its output is JSON in the result, as its input
// is; an execution that does not succeed is an error, with what DescribeExecution says of it as
// the cause. Source: the AWS page "Start workflow executions from a task state".
func (s *AWS) child(ctx context.Context, a asl.Arguments) ([]byte, *asl.Failure) {
	name, input, failure := a.Text("Name"), a["Input"], ofMachine(a)
	var end asl.End
	switch {
	case failure == nil && s.Child != nil:
		end, failure = s.Child(ctx, name, input)
	case failure == nil:
		end, _ = s.Run(ctx, name, input) // one that ctx ended has failed
	}
	if failure != nil {
		return nil, failure
	}
	result := map[string]any{"ExecutionArn": ExecutionARN(name), "Status": end.Status, "Input": input}
	if end.Status == asl.Succeeded {
		result["Output"] = json.RawMessage(end.Output)
		return encode(result), nil
	}
	result["Error"], result["Cause"] = end.Error, end.Cause
	return nil, &asl.Failure{Error: "States.TaskFailed", Cause: string(encode(result))}
}

// ofMachine is the failure to start an execution of another machine, of which there is none.
func ofMachine(a asl.Arguments) *asl.Failure {
	if arn := a.Text("StateMachineArn"); arn != Machine {
		return &asl.Failure{Error: "StepFunctions.StateMachineDoesNotExistException", Cause: "State Machine Does Not Exist: '" + arn + "'"}
	}
	return nil
}

// NameTaken is the failure to start an execution by the name of one that has ended, or that runs
// with another input. Source: the AWS page of StartExecution.
func NameTaken(name string) *asl.Failure {
	return &asl.Failure{Error: "StepFunctions.ExecutionAlreadyExistsException", Cause: "Execution Already Exists: '" + ExecutionARN(name) + "'"}
}

// read reads an argument. What the definition sends and the service cannot read is its error.
func read(a asl.Arguments, name string, into any) *asl.Failure {
	if err := json.Unmarshal(a[name], into); err != nil {
		return &asl.Failure{Error: "States.Runtime", Cause: fmt.Sprintf("%s: %v", name, err)}
	}
	return nil
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // these are texts, numbers and JSON
	}
	return text
}

// Alone is the environment of an execution that has a clock of its own: only its waits take
// time, and one iteration of a Map comes after the other.
func Alone(now *time.Time) asl.Env {
	return asl.Env{
		Now:  func() time.Time { return *now },
		Wait: func(d time.Duration) { *now = now.Add(d) },
		Parallel: func(n int, f func(int)) {
			for i := range n {
				f(i)
			}
		},
	}
}
