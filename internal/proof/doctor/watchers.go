package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
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
		return e.aws("sns subscribe --topic-arn %s --protocol %s --notification-endpoint %s", topic, protocol, endpoint)
	}
	l := Line{Level: OK}
	pages := sns.NewListSubscriptionsByTopicPaginator(e.AWS.Topics, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return e.unseen("sns:ListSubscriptionsByTopic", err)
		}
		for _, s := range page.Subscriptions {
			protocol, address := aws.ToString(s.Protocol), address(aws.ToString(s.Endpoint))
			who := protocol + " " + address
			switch arn := aws.ToString(s.SubscriptionArn); {
			case strings.HasPrefix(arn, "arn:"):
				confirmed = append(confirmed, who)
			case arn == "PendingConfirmation":
				says := who + " has not confirmed: the link is in the message from AWS; the command sends it again"
				if strings.Contains(address, "://") {
					address, says = "URL", says+" where its address stands for URL"
				}
				pending = append(pending, says)
				l.Mend = append(l.Mend, subscribe(protocol, address))
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

// address is where a subscriber is reached. Of a URL it is the host alone, because many a
// service puts a key into the rest.
func address(endpoint string) string {
	scheme, _, isURL := strings.Cut(endpoint, "://")
	if !isURL {
		return endpoint
	}
	if at, err := url.Parse(endpoint); err == nil {
		return scheme + "://" + at.Host + "/…"
	}
	return scheme + "://…"
}

// few are the first lines, and how many more there are.
func few(lines []string) []string {
	if more := len(lines) - mostLines; more > 0 {
		return append(slices.Clone(lines[:mostLines]), fmt.Sprintf("# and %d more", more))
	}
	return lines
}

// lookAtQueue says how many events could not become a run.
func (e *exam) lookAtQueue(ctx context.Context) Line {
	queue := e.outputs["FailureQueueUrl"]
	counts := []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := e.AWS.Queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: counts})
	if err != nil {
		return e.unseen("sqs:GetQueueAttributes", err)
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
