package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// ErrNoRule says that no rule of the stack matches an event, so AWS would drop it.
var ErrNoRule = errors.New("no rule of the stack matches this event, so nothing happens")

// Send delivers an event as AWS would, and returns the name of the run that it
// becomes. A request goes through PutEvents. A schedule invokes StopFunction of
// this stack, as Scheduler does. PutEvents refuses events of AWS's own sources, so an
// alarm goes to the targets of those rules of this stack whose pattern matches it.
func (s *Stack) Send(ctx context.Context, event map[string]any) (run string, err error) {
	source, _ := event["source"].(string)
	id, _ := event["id"].(string)
	switch {
	case source == "zenstop.schedule":
		return "schedule-" + id, s.Invoke(ctx, s.Outputs["StopFunctionName"], event)
	case strings.HasPrefix(source, "aws."):
		return "alarm-" + id, s.sendByRules(ctx, event)
	}
	id, err = s.put(ctx, event)
	if event["detail-type"] == "Start Instances Requested" {
		return "start-request-" + id, err
	}
	return "request-" + id, err
}

// put returns the id that EventBridge gives the event.
func (s *Stack) put(ctx context.Context, event map[string]any) (id string, err error) {
	detail, err := json.Marshal(event["detail"])
	if err != nil {
		return "", err
	}
	text := func(key string) *string { v, _ := event[key].(string); return &v }
	entry := ebtypes.PutEventsRequestEntry{Source: text("source"), DetailType: text("detail-type"), Detail: aws.String(string(detail))}
	if at, err := time.Parse(time.RFC3339, *text("time")); err == nil {
		entry.Time = &at
	}
	out, err := eventbridge.NewFromConfig(s.AWS).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{entry}})
	if err != nil {
		return "", err
	}
	if out.FailedEntryCount > 0 {
		return "", fmt.Errorf("put event: %s", aws.ToString(out.Entries[0].ErrorMessage))
	}
	return aws.ToString(out.Entries[0].EventId), nil
}

func (s *Stack) sendByRules(ctx context.Context, event map[string]any) error {
	for key, value := range map[string]any{"account": Account, "region": region, "resources": []string{}} {
		if _, ok := event[key]; !ok {
			event[key] = value
		}
	}
	targets, err := s.targets(ctx, event)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return ErrNoRule
	}
	for _, target := range targets {
		if err := s.Invoke(ctx, target, event); err != nil {
			return err
		}
	}
	return nil
}

// targets are the ARNs of what the deployed rules of this stack call with this event.
func (s *Stack) targets(ctx context.Context, event map[string]any) ([]string, error) {
	raw, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	client := eventbridge.NewFromConfig(s.AWS)
	rules, err := client.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String(s.Name + "-StopFunction")})
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, rule := range rules.Rules {
		if rule.EventPattern == nil || rule.State == ebtypes.RuleStateDisabled {
			continue
		}
		match, err := client.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{EventPattern: rule.EventPattern, Event: aws.String(string(raw))})
		if err != nil {
			return nil, fmt.Errorf("test rule %s: %w", aws.ToString(rule.Name), err)
		}
		if !match.Result {
			continue
		}
		targets, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
		if err != nil {
			return nil, err
		}
		for _, target := range targets.Targets {
			arns = append(arns, aws.ToString(target.Arn))
		}
	}
	return arns, nil
}

// Invoke hands a payload to a function asynchronously.
func (s *Stack) Invoke(ctx context.Context, function string, payload any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	_, err = lambda.NewFromConfig(s.AWS).Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &function, InvocationType: lambdatypes.InvocationTypeEvent, Payload: raw,
	})
	return err
}
