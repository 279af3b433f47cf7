package e2e

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// inbox is a queue that gets what a stack's runs report, where users would listen:
// the messages of the stack's topic, and events of one kind on the bus.
type inbox struct{ queue *string }

// report is what one run has reported.
type report struct {
	events   []sentEvent
	messages []sentMessage
	others   []string // what else was in the inbox
}

type sentEvent struct {
	DetailType string   `json:"detail-type"`
	Detail     runs.Run `json:"detail"`
}

type sentMessage struct{ Type, Subject, Message string }

// listen makes an inbox with a queue and a rule of this name.
func listen(t *testing.T, s *stack.Stack, name, detailType string) inbox {
	t.Helper()
	bus := busOf(s)
	queue, err := s.Subscribe(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	events := eventbridge.NewFromConfig(s.AWS)
	pattern := `{"source":["zenstop"],"detail-type":["` + detailType + `"]}`
	if _, err := events.PutRule(t.Context(), &eventbridge.PutRuleInput{EventBusName: &bus, Name: &name, EventPattern: &pattern}); err != nil {
		t.Fatal(err)
	}
	target := ebtypes.Target{Id: aws.String("q"), Arn: aws.String(stack.QueueARN(name))}
	if _, err := events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{EventBusName: &bus, Rule: &name, Targets: []ebtypes.Target{target}}); err != nil {
		t.Fatal(err)
	}
	return inbox{&queue}
}

// of empties the queue and returns what the run reported. It waits for an event and
// a message, and then until nothing more comes.
func (b inbox) of(t *testing.T, run string) report {
	t.Helper()
	var r report
	queues := sqs.NewFromConfig(up.AWS)
	waitUntil(t, "the report of "+run, func() bool {
		out, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: b.queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			r.take(t, m, run)
			if _, err := queues.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: b.queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
		return len(out.Messages) == 0 && len(r.events) > 0 && len(r.messages) > 0
	})
	return r
}

// take adds a message of the queue where it is of this run. What comes twice counts
// once: topic and bus deliver at least once, and the workflow sends again what had
// no answer.
func (r *report) take(t *testing.T, m sqstypes.Message, run string) {
	t.Helper()
	body := aws.ToString(m.Body)
	if !strings.Contains(body, run) {
		r.others = append(r.others, body)
		return
	}
	var message sentMessage
	if err := json.Unmarshal([]byte(body), &message); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if message.Type == "Notification" {
		if !slices.Contains(r.messages, message) {
			r.messages = append(r.messages, message)
		}
		return
	}
	var event sentEvent
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if !slices.ContainsFunc(r.events, func(e sentEvent) bool { return reflect.DeepEqual(e, event) }) {
		r.events = append(r.events, event)
	}
}
