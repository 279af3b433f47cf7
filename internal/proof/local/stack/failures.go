package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// startLimit is how long to wait for the execution of a run.
const startLimit = 3 * time.Minute

// failure is what Lambda puts into the failure queue when StopFunction failed
// on an event for the last time.
// Source: the AWS page on destinations of asynchronous invocations.
type failure struct {
	RequestPayload struct {
		ID string `json:"id"`
	} `json:"requestPayload"`
	ResponsePayload struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	} `json:"responsePayload"`
}

// unstarted returns an error where the run will have no execution: its event is in
// the failure queue, or the wait was long enough.
func (s *Stack) unstarted(ctx context.Context, run string, waited time.Duration) error {
	queue := s.Outputs["FailureQueueUrl"]
	out, err := sqs.NewFromConfig(s.AWS).ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, VisibilityTimeout: 0})
	if err != nil {
		return fmt.Errorf("read the failure queue: %w", err)
	}
	for _, message := range out.Messages {
		var f failure
		if json.Unmarshal([]byte(aws.ToString(message.Body)), &f) == nil && f.RequestPayload.ID != "" && strings.HasSuffix(run, "-"+f.RequestPayload.ID) {
			return fmt.Errorf("StopFunction failed, and the event is in the failure queue: %s: %s", f.ResponsePayload.ErrorType, f.ResponsePayload.ErrorMessage)
		}
	}
	if waited > startLimit {
		return fmt.Errorf("no execution after %s; look into the log of StopFunction and into %s", startLimit, filepath.Join(Dir, "ministack.log"))
	}
	return nil
}
