package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
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
				pending = append(pending, who+" has not confirmed: the link is in the message from AWS; the command sends it again")
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
	if at, err := url.Parse(endpoint); err == nil && at.Host != "" {
		return at.Scheme + "://" + at.Host + "/…"
	}
	return endpoint
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

// lookAtAlarms says which alarms of the stack are on, and which cannot tell anybody.
func (e *exam) lookAtAlarms(ctx context.Context) Line {
	const perCall = 100 // names that CloudWatch takes at once
	if e.unlisted != "" {
		return Line{Level: Unknown, Says: e.unlisted}
	}
	names := e.namesOf("AWS::CloudWatch::Alarm")
	var on, silent []string
	l, gone := Line{}, slices.Clone(names)
	for some := range slices.Chunk(names, perCall) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(e.AWS.Alarms, &cloudwatch.DescribeAlarmsInput{AlarmNames: some})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return e.unseen("cloudwatch:DescribeAlarms", err)
			}
			for _, a := range page.MetricAlarms {
				name := aws.ToString(a.AlarmName)
				gone = slices.DeleteFunc(gone, func(n string) bool { return n == name })
				if a.StateValue == cwtypes.StateValueAlarm {
					on = append(on, name)
					l.More = append(l.More, fmt.Sprintf("%s is in ALARM since %s: %s", name, aws.ToTime(a.StateUpdatedTimestamp).In(e.zone).Format(timeFormat), entry.FindString(aws.ToString(a.AlarmDescription))))
					l.Mend = append(l.Mend, e.aws("cloudwatch describe-alarm-history --history-item-type StateUpdate --max-items 3 --alarm-name %s", name))
				}
				if !aws.ToBool(a.ActionsEnabled) {
					silent = append(silent, name)
					l.More = append(l.More, name+" tells nobody: somebody has disabled its actions")
					l.Mend = append(l.Mend, e.aws("cloudwatch enable-alarm-actions --alarm-names %s", name))
				}
			}
		}
	}
	return e.ofResources(l, names, gone, []group{{on, "in ALARM"}, {silent, "with actions disabled"}})
}

// lookAtRules says which rules of the stack let no event through.
func (e *exam) lookAtRules(ctx context.Context) Line {
	if e.unlisted != "" {
		return Line{Level: Unknown, Says: e.unlisted}
	}
	names := e.namesOf("AWS::Events::Rule")
	var disabled, gone []string
	l := Line{}
	for _, name := range names {
		is, bus, err := e.rule(ctx, name)
		if err != nil {
			return e.unseen("events:DescribeRule", err)
		}
		if is == nil {
			gone = append(gone, name)
			continue
		}
		rule := aws.ToString(is.Name)
		if is.State == ebtypes.RuleStateDisabled {
			disabled = append(disabled, rule)
			l.More = append(l.More, rule+" is DISABLED")
			l.Mend = append(l.Mend, e.aws("events enable-rule --name %s --event-bus-name %s", rule, bus))
		}
	}
	return e.ofResources(l, names, gone, []group{{disabled, "DISABLED"}})
}

// rule describes a rule by its physical id: bus and name with a bar between them, or the name alone;
// nil: there is none. The local AWS gives the name alone also for a rule of another bus than default.
func (e *exam) rule(ctx context.Context, id string) (is *eventbridge.DescribeRuleOutput, bus string, err error) {
	bus, name, whole := strings.Cut(id, "|")
	buses := []string{bus}
	if !whole {
		name, buses = id, []string{"default", e.parameters["EventBusName"]}
	}
	for _, bus = range buses {
		if bus == "" {
			continue
		}
		is, err = e.AWS.Rules.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
		if _, none := errors.AsType[*ebtypes.ResourceNotFoundException](err); !none {
			return is, bus, err
		}
	}
	return nil, "", nil
}

// namesOf are the names of the stack's resources of a type.
func (e *exam) namesOf(kind string) (names []string) {
	for _, r := range e.resources[kind] {
		names = append(names, aws.ToString(r.PhysicalResourceId))
	}
	return names
}

// group is a number of resources that are not right.
type group struct {
	names []string
	are   string // in ALARM, for example
}

// ofResources completes the line of the stack's resources of one type.
func (e *exam) ofResources(l Line, all, gone []string, groups []group) Line {
	for _, name := range gone {
		l.More = append(l.More, name+" is there no more: somebody has deleted it. "+makeAgain)
	}
	if len(gone) > 0 {
		groups = append(groups, group{gone, "deleted"})
		l.Mend = append(l.Mend, e.drift())
	}
	none, some := []string{}, []string{}
	for _, g := range groups {
		if none = append(none, g.are); len(g.names) > 0 {
			some = append(some, fmt.Sprintf("%d %s", len(g.names), g.are))
		}
	}
	if l.Level, l.Says = OK, fmt.Sprintf("none of %d is %s", len(all), strings.Join(none, " or ")); len(some) > 0 {
		l.Level, l.Says = Wrong, fmt.Sprintf("of %d: %s", len(all), strings.Join(some, ", "))
	}
	l.More, l.Mend = few(l.More), few(l.Mend)
	return l
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
