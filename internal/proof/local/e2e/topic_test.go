package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"zenstop/internal/runs"
)

// badNews is the filter policy that the README shows.
const badNews = `{"outcome":[{"anything-but":["STOPPED","STARTED","PLANNED","SKIPPED","WAITING"]}]}`

// subscriber is a queue that gets what the shared stack's topic sends.
type subscriber struct{ queue *string }

// subscribe makes a subscriber; an empty filter lets everything through.
func subscribe(t *testing.T, name, filter string) subscriber {
	t.Helper()
	attributes := map[string]string{}
	if filter != "" {
		attributes["FilterPolicy"] = filter
	}
	queue, err := up.Subscribe(t.Context(), name, attributes)
	if err != nil {
		t.Fatal(err)
	}
	return subscriber{&queue}
}

// until receives messages up to the first that has the mark in it, and returns
// those of which a text is part of the message.
func (s subscriber) until(t *testing.T, mark, text string) []string {
	t.Helper()
	var got []string
	waitUntil(t, "a message with "+mark, func() bool {
		out, err := sqs.NewFromConfig(up.AWS).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: s.queue, MaxNumberOfMessages: 1, WaitTimeSeconds: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			var sent sentMessage
			if err := json.Unmarshal([]byte(aws.ToString(m.Body)), &sent); err != nil {
				t.Fatal(err)
			}
			if _, err := sqs.NewFromConfig(up.AWS).DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: s.queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(sent.Message, mark) {
				return true
			}
			if strings.Contains(sent.Message, text) {
				got = append(got, sent.Message)
			}
		}
		return false
	})
	return got
}

// The rule RunDied tells the topic, because such an execution comes to no state that
// could. This one dies of its input, which is no run document.
func TestAnExecutionThatDiesWithoutAReportReachesTheTopic(t *testing.T) {
	t.Parallel()
	everything := subscribe(t, "died-everything", "")
	name := "schedule-dies-part-1"
	_, err := sfn.NewFromConfig(up.AWS).StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(up.Outputs["StopWorkflowArn"]), Name: &name, Input: aws.String(`{}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	everything.until(t, "zenstop: the execution "+name+" of the stack "+up.Name+" failed with States.", "")
}

// The local AWS drops the message attributes of a workflow's own sns:publish. So the
// messages are published here, with the attribute that the definition gives to each
// outcome; that it does so is tested in package statemachine.
func TestASubscriberOfBadNewsGetsNoGoodNews(t *testing.T) {
	t.Parallel()
	everything, bad := subscribe(t, "news-everything", ""), subscribe(t, "news-bad", badNews)
	outcomes := []runs.Outcome{runs.OutcomeStopped, runs.OutcomeStarted, runs.OutcomePlanned, runs.OutcomeSkipped, runs.OutcomeFailed, runs.OutcomeRefused}
	for _, outcome := range outcomes {
		publish(t, "news "+string(outcome), string(outcome))
	}
	publish(t, "news of a warning", string(runs.OutcomeWaiting))
	publish(t, "the end of the news", "REFUSED")
	if got := everything.until(t, "the end of the news", "news "); len(got) != len(outcomes)+1 {
		t.Errorf("the subscriber of everything got %q", got)
	}
	if got := strings.Join(bad.until(t, "the end of the news", "news "), ", "); got != "news FAILED, news REFUSED" {
		t.Errorf("the subscriber of bad news got %q", got)
	}
}

func publish(t *testing.T, text, outcome string) {
	t.Helper()
	_, err := sns.NewFromConfig(up.AWS).Publish(t.Context(), &sns.PublishInput{
		TopicArn: aws.String(up.Outputs["NotificationTopicArn"]), Message: &text,
		MessageAttributes: map[string]snstypes.MessageAttributeValue{"outcome": {DataType: aws.String("String"), StringValue: &outcome}},
	})
	if err != nil {
		t.Fatal(err)
	}
}
