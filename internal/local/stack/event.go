package stack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Sample reads a sample of events/. An event gets a fresh id, so that it is no
// repeat, and the time now, so that it is not stale, unless the file's name
// begins with fixed-time-. A run document begins now.
func Sample(path string, now time.Time) (map[string]any, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var event map[string]any
	if err := json.Unmarshal(raw, &event); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, ok := event["detail-type"]; !ok {
		return event, beginNow(event, now)
	}
	event["id"] = strings.ToLower(rand.Text())
	if !strings.HasPrefix(filepath.Base(path), "fixed-time-") {
		event["time"] = now.UTC().Format(time.RFC3339)
	}
	return event, nil
}

// beginNow moves the times of a run document, so that its deadline is ahead.
func beginNow(doc map[string]any, now time.Time) error {
	var times struct{ StartedAt, Deadline time.Time }
	raw, err := json.Marshal(doc)
	if err == nil {
		err = json.Unmarshal(raw, &times)
	}
	if err != nil || times.StartedAt.IsZero() {
		return errors.Join(errors.New("neither an event nor a run document: it has no detail-type and no startedAt"), err)
	}
	now = now.UTC().Truncate(time.Second)
	doc["startedAt"], doc["deadline"] = now, now.Add(times.Deadline.Sub(times.StartedAt))
	instances, _ := doc["instances"].([]any)
	for _, v := range instances {
		if in, _ := v.(map[string]any); in["askedAt"] != nil {
			in["askedAt"] = now.Unix()
		}
	}
	return nil
}

// ErrNoRule says that no rule of the stack matches an event: AWS would drop it.
var ErrNoRule = errors.New("no rule of the stack matches this event, so nothing happens")

// Send delivers an event as AWS does: a request through PutEvents, a schedule by
// invoking StopFunction as Scheduler would. PutEvents refuses events of AWS's own
// sources, so those are matched with the deployed rules' own patterns and handed
// to the targets of the rules that match. It returns the name of the run.
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
	for key, value := range map[string]any{"account": "000000000000", "region": "us-east-1", "resources": []string{}} {
		if _, ok := event[key]; !ok {
			event[key] = value
		}
	}
	raw, err := json.Marshal(event)
	if err != nil {
		return err
	}
	client := eventbridge.NewFromConfig(s.AWS)
	rules, err := client.ListRules(ctx, &eventbridge.ListRulesInput{})
	if err != nil {
		return err
	}
	sent := 0
	for _, rule := range rules.Rules {
		if rule.EventPattern == nil {
			continue
		}
		match, err := client.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{EventPattern: rule.EventPattern, Event: aws.String(string(raw))})
		if err != nil {
			return fmt.Errorf("test rule %s: %w", aws.ToString(rule.Name), err)
		}
		if !match.Result {
			continue
		}
		targets, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
		if err != nil {
			return err
		}
		for _, target := range targets.Targets {
			sent++
			if err := s.Invoke(ctx, aws.ToString(target.Arn), event); err != nil {
				return err
			}
		}
	}
	if sent == 0 {
		return ErrNoRule
	}
	return nil
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
