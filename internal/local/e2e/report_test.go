package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger/hostile"
)

// TestTheReportGoesOutAsAnEventAndAMessage listens where users would: a rule on
// the bus, and a subscription of the topic.
func TestTheReportGoesOutAsAnEventAndAMessage(t *testing.T) {
	t.Parallel()
	queues := sqs.NewFromConfig(up.AWS)
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("report-test")})
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:sqs:us-east-1:000000000000:report-test"
	topic := up.Outputs["NotificationTopicArn"]
	if _, err := sns.NewFromConfig(up.AWS).Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: aws.String(arn)}); err != nil {
		t.Fatal(err)
	}
	bus := eventbridge.NewFromConfig(up.AWS)
	pattern := `{"source":["zenstop"],"detail-type":["Instances Not Stopped"]}`
	if _, err := bus.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("report-test"), EventPattern: &pattern}); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String("report-test"), Targets: []ebtypes.Target{{Id: aws.String("q"), Arn: aws.String(arn)}}}); err != nil {
		t.Fatal(err)
	}
	e := carryOut(t, up, request(`{"target":{"instanceIds":["bad-recycled","report-0001"]},"reason":"report test"}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{"bad-recycled": shutdown.Recycled, "report-0001": shutdown.Stopped})

	var sent struct {
		DetailType string       `json:"detail-type"`
		Detail     shutdown.Run `json:"detail"`
	}
	var subject, message string
	for begun := time.Now(); time.Since(begun) < limit && (sent.Detail.Run != e.Name || message == ""); {
		out, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			read(t, m, e.Name, &sent, &subject, &message)
		}
	}
	if sent.DetailType != "Instances Not Stopped" || sent.Detail.Outcome != shutdown.OutcomeFailed || len(sent.Detail.Instances) != 2 {
		t.Errorf("event %+v", sent)
	}
	if want := "zenstop FAILED: " + e.Name; subject != want {
		t.Errorf("subject %q, want %q", subject, want)
	}
	for _, part := range []string{e.Run.Summary, "bad-recycled  bad-recycled  RECYCLED  last seen RECYCLE"} {
		if !strings.Contains(message, part) {
			t.Errorf("message %q lacks %q", message, part)
		}
	}
	if strings.Contains(message, "report-0001") {
		t.Errorf("message %q names an instance that did stop", message)
	}
}

// read takes a message of this run for the event or for the topic's.
func read(t *testing.T, m sqstypes.Message, run string, event any, subject, message *string) {
	t.Helper()
	body := aws.ToString(m.Body)
	var notification struct{ Type, Subject, Message string }
	if err := json.Unmarshal([]byte(body), &notification); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	switch {
	case notification.Type == "Notification" && strings.Contains(notification.Subject, run):
		*subject, *message = notification.Subject, notification.Message
	case notification.Type == "" && strings.Contains(body, run):
		if err := json.Unmarshal([]byte(body), event); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryHostileEventIsOneRefusedRunAndNoStop(t *testing.T) {
	t.Parallel()
	for _, c := range hostile.Details() {
		t.Run(c.Name, func(t *testing.T) {
			e := carryOut(t, up, request(c.Detail))
			wants(t, e, shutdown.OutcomeRefused, nil)
			if !strings.Contains(e.Cause, c.Want) {
				t.Errorf("cause %q, want %q in it", e.Cause, c.Want)
			}
		})
	}
	if n := stopCalls(t, up, "hostile-0001"); n != 0 {
		t.Errorf("%d StopInstances calls", n)
	}
}
