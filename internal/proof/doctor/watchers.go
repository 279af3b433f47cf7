package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// mostLines bounds the details of a line.
const mostLines = 20

// lookAtTopic says who hears of runs and alarms.
func (e *exam) lookAtTopic(ctx context.Context) Line {
	topic := e.outputs["NotificationTopicArn"]
	var confirmed, pending []string
	subscribe := func(protocol, endpoint string) string {
		return e.aws("sns subscribe --topic-arn %s --protocol %s --notification-endpoint '%s'", topic, protocol, endpoint)
	}
	l := Line{Level: OK}
	pages := sns.NewListSubscriptionsByTopicPaginator(e.AWS.Topics, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unseen("sns:ListSubscriptionsByTopic", err)
		}
		for _, s := range page.Subscriptions {
			who := aws.ToString(s.Protocol) + " " + aws.ToString(s.Endpoint)
			switch arn := aws.ToString(s.SubscriptionArn); {
			case strings.HasPrefix(arn, "arn:"):
				confirmed = append(confirmed, who)
			case arn == "PendingConfirmation":
				pending = append(pending, who+" has not confirmed: the link is in the message from AWS; the command sends it again")
				l.Mend = append(l.Mend, subscribe(aws.ToString(s.Protocol), aws.ToString(s.Endpoint)))
			}
		}
	}
	l.Says = fmt.Sprintf("%d subscribed and confirmed", len(confirmed))
	if len(pending) > 0 {
		l.Level, l.Says = ToDo, l.Says+fmt.Sprintf(", %d not confirmed", len(pending))
	}
	if len(confirmed)+len(pending) == 0 {
		l.Level, l.Says, l.Mend = ToDo, "nobody is subscribed, so nobody is told of a failure", []string{subscribe("email", "you@example.com")}
	}
	l.More, l.Mend = few(slices.Concat(pending, confirmed)), few(l.Mend)
	return l
}

// few are the first lines, and how many more there are.
func few(lines []string) []string {
	if more := len(lines) - mostLines; more > 0 {
		return append(slices.Clone(lines[:mostLines]), fmt.Sprintf("# and %d more", more))
	}
	return lines
}

// entry finds the place that the description of an alarm names.
var entry = regexp.MustCompile(`docs/operations\.md, entry [\w-]+`)

// lookAtAlarms says which alarms of the stack are on.
func (e *exam) lookAtAlarms(ctx context.Context) Line {
	const perCall = 100 // names that CloudWatch takes at once
	if e.unlisted != "" {
		return Line{Level: Unknown, Says: e.unlisted}
	}
	var names []string
	for _, r := range e.resources["AWS::CloudWatch::Alarm"] {
		names = append(names, aws.ToString(r.PhysicalResourceId))
	}
	l := Line{Level: OK}
	for some := range slices.Chunk(names, perCall) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(e.AWS.Alarms, &cloudwatch.DescribeAlarmsInput{AlarmNames: some, StateValue: cwtypes.StateValueAlarm})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return unseen("cloudwatch:DescribeAlarms", err)
			}
			for _, a := range page.MetricAlarms {
				name := aws.ToString(a.AlarmName)
				l.More = append(l.More, fmt.Sprintf("%s is in ALARM since %s: %s", name, aws.ToTime(a.StateUpdatedTimestamp).In(e.zone).Format(timeFormat), entry.FindString(aws.ToString(a.AlarmDescription))))
				l.Mend = append(l.Mend, e.aws("cloudwatch describe-alarm-history --history-item-type StateUpdate --max-items 3 --alarm-name '%s'", name))
			}
		}
	}
	l.Says = fmt.Sprintf("none of %d is in ALARM", len(names))
	if n := len(l.More); n > 0 {
		l.Level, l.Says = Wrong, fmt.Sprintf("%d of %d in ALARM", n, len(names))
	}
	return l
}

// lookAtQueue says how many events could not become a run.
func (e *exam) lookAtQueue(ctx context.Context) Line {
	queue := e.outputs["FailureQueueUrl"]
	counts := []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := e.AWS.Queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: counts})
	if err != nil {
		return unseen("sqs:GetQueueAttributes", err)
	}
	messages := 0
	for _, name := range counts {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return Line{Level: Unknown, Says: "the answer of SQS has no number as " + string(name)}
		}
		messages += n
	}
	if messages == 0 {
		return Line{Level: OK, Says: "it is empty"}
	}
	return Line{
		Level: Wrong, Says: fmt.Sprintf("messages: %d. Each is an event that became no run, or tells of a run that died", messages),
		More: []string{"docs/operations.md, entry failure-queue, says how to send them again"},
		Mend: []string{e.aws("sqs receive-message --message-attribute-names All --visibility-timeout 60 --queue-url %s", queue)},
	}
}
