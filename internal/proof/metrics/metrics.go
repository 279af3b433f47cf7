// Package metrics knows which metrics there are, and reads what a dashboard looks at.
package metrics

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Published lists the metrics that the alarms and the dashboard of a stack may look at:
// namespace and name, with the names of the dimensions. Tests hold alarms, dashboard
// and definition against it, because nothing on AWS complains of a metric that
// nobody publishes.
//
// Sources: the AWS pages "Available CloudWatch metrics for Amazon SQS", "Monitoring
// Step Functions metrics using Amazon CloudWatch" and "Types of metrics for Lambda
// functions", "Monitoring Amazon EventBridge" and "Monitoring Amazon EventBridge Scheduler with
// Amazon CloudWatch"; for zenstop, [zenstop/internal/runs.Datum]. A rule on a bus of its own has the
// dimension EventBusName too.
func Published() map[string][]string {
	return map[string][]string{
		"AWS/SQS ApproximateNumberOfMessagesVisible":               {"QueueName"},
		"AWS/SQS NumberOfMessagesSent":                             {"QueueName"},
		"AWS/Events InvocationsFailedToBeSentToDlq":                {"RuleName"},
		"AWS/Scheduler InvocationsFailedToBeSentToDeadLetterCount": {"ScheduleGroup"},
		"AWS/Lambda DestinationDeliveryFailures":                   {"FunctionName"},
		"AWS/Lambda Errors":                                        {"FunctionName"},
		"AWS/Lambda Throttles":                                     {"FunctionName"},
		"AWS/Lambda Duration":                                      {"FunctionName"},
		"AWS/States ExecutionsTimedOut":                            {"StateMachineArn"},
		"AWS/States ExecutionsAborted":                             {"StateMachineArn"},
		"AWS/States ExecutionsSucceeded":                           {"StateMachineArn"},
		"zenstop/log RunsDied":                                     {},
		"zenstop Runs":                                             {"Stack", "Outcome"},
		"zenstop RunDuration":                                      {"Stack"},
		"zenstop Instances":                                        {"Stack", "Verdict"},
		"zenstop Checks":                                           {"Stack"},
		"zenstop StopRequests":                                     {"Stack"},
		"zenstop StartRequests":                                    {"Stack"},
		"zenstop TimeToStopped":                                    {"Stack"},
		"zenstop TimeToRunning":                                    {"Stack"},
	}
}

// Use is a metric as an alarm or a widget names it.
type Use struct {
	Metric     string // namespace and name
	Dimensions map[string]string
}

// Check returns an error where [Published] has no such metric with just these dimensions.
func (u Use) Check() error {
	metric, _, _ := strings.Cut(u.Metric, "-") // the filter of the log puts the stack into the name
	wanted, ok := Published()[metric]
	if u.Dimensions["EventBusName"] != "" && slices.Contains(wanted, "RuleName") {
		wanted = append(wanted, "EventBusName")
	}
	for _, name := range wanted {
		if u.Dimensions[name] == "" {
			return fmt.Errorf("%s lacks the dimension %s", u.Metric, name)
		}
	}
	if !ok || len(u.Dimensions) > len(wanted) {
		return fmt.Errorf("nothing publishes %s with the dimensions %v", u.Metric, u.Dimensions)
	}
	return nil
}

// Widget is a part of a dashboard, as far as tests look at it.
type Widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Markdown, Query string
		Metrics                [][]any
		Alarms                 []string // ARNs
		Annotations            struct{ Horizontal []struct{ Value int } }
	}
}

// Widgets reads the body of a dashboard.
// Source: the AWS page "Dashboard body structure and syntax".
func Widgets(body []byte) ([]Widget, error) {
	var dashboard struct{ Widgets []Widget }
	if err := json.Unmarshal(body, &dashboard); err != nil {
		return nil, fmt.Errorf("dashboard: %w", err)
	}
	return dashboard.Widgets, nil
}

// Uses lists the metrics that the widget shows.
func (w Widget) Uses() []Use {
	var all []Use
	for _, metric := range w.Properties.Metrics {
		var words []string
		for _, word := range metric {
			if text, ok := word.(string); ok { // the last one may be an object with options
				words = append(words, text)
			}
		}
		u := Use{Metric: words[0] + " " + words[1], Dimensions: map[string]string{}}
		for pair := range slices.Chunk(words[2:], 2) {
			u.Dimensions[pair[0]] = pair[1]
		}
		all = append(all, u)
	}
	return all
}
