package cloud

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/fault"
	"zenstop/internal/handler"
	"zenstop/internal/proof/asl"
)

// The functions by the names that statemachine.Fill leaves in the definition, and Timeout of
// template.yaml.
const (
	StopFunction   = "StopFunctionArn"
	StatusFunction = "StatusFunctionArn"
	FunctionTime   = time.Minute
)

// Call calls one of the two functions, wired as their main packages do: StatusFunction has the
// runner of StopFunction.
func Call(ctx context.Context, stop handler.Stop, function string, payload []byte) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, FunctionTime)
	defer cancel()
	if function == StopFunction {
		return fault.Handler(stop.Handle)(ctx, payload)
	}
	return fault.Handler(handler.Status{Runner: stop.Runner}.Handle)(ctx, payload)
}

// Answer is what the workflow gets of what [Call] returned: the payload, or the failure.
func Answer(answer any, err error) ([]byte, *asl.Failure) {
	if err != nil {
		return nil, Failed(err)
	}
	return encode(answer), nil
}

// Failed is the error of a function as it comes to the workflow, which [fault.Handler] has given
// its name. Lambda takes that from this type of error. Source: the AWS page "Lambda function
// errors in Go", and the source of aws-lambda-go.
func Failed(err error) *asl.Failure {
	e, ok := errors.AsType[messages.InvokeResponse_Error](err)
	if !ok {
		panic("an error without a name: " + err.Error())
	}
	return FunctionError(e.Type, e.Message)
}

// FunctionError is an error with this name and message: the cause is JSON with both.
func FunctionError(name, message string) *asl.Failure {
	return &asl.Failure{Error: name, Cause: string(encode(map[string]string{"errorMessage": message, "errorType": name}))}
}
