package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Subscribe makes a queue of this name, and subscribes it to the topic of the stack: a run
// that has to warn is refused where nobody is subscribed. Attributes are those of the
// subscription, such as FilterPolicy; nil: none.
func (s *Stack) Subscribe(ctx context.Context, name string, attributes map[string]string) (queueURL string, err error) {
	queue, err := sqs.NewFromConfig(s.AWS).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		return "", fmt.Errorf("queue %s: %w", name, err)
	}
	_, err = sns.NewFromConfig(s.AWS).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: aws.String(s.Outputs["NotificationTopicArn"]), Protocol: aws.String("sqs"),
		Endpoint: aws.String(QueueARN(name)), Attributes: attributes,
	})
	if err != nil {
		return "", fmt.Errorf("subscription of %s: %w", name, err)
	}
	return aws.ToString(queue.QueueUrl), nil
}

// QueueARN is the ARN of a queue of the local AWS.
func QueueARN(name string) string { return "arn:aws:sqs:" + region + ":" + Account + ":" + name }
