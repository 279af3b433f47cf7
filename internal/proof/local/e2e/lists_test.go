package e2e

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zenstop/internal/proof/local/stack"
)

// call is a request of an AWS API that lists all of one kind of resource. It is made
// without an SDK, because the module needs none for half of these services.
type call struct {
	service string // as it stands in a signature
	target  string // of the JSON protocols
	path    string // of the REST protocols
	form    string // of the query protocol
}

// lists has, by type of resource, how to list these.
var lists = map[string]call{
	"AWS::CloudWatch::Alarm":           {service: "monitoring", form: "Action=DescribeAlarms&Version=2010-08-01&MaxRecords=100"},
	"AWS::CloudWatch::Dashboard":       {service: "monitoring", form: "Action=ListDashboards&Version=2010-08-01"},
	"AWS::Events::Rule":                {service: "events", target: "AWSEvents.ListRules"},
	"AWS::IAM::Role":                   {service: "iam", form: "Action=ListRoles&Version=2010-05-08&MaxItems=1000"},
	"AWS::Lambda::Function":            {service: "lambda", path: "/2015-03-31/functions/"},
	"AWS::Logs::MetricFilter":          {service: "logs", target: "Logs_20140328.DescribeMetricFilters"},
	"AWS::Logs::LogGroup":              {service: "logs", target: "Logs_20140328.DescribeLogGroups"},
	"AWS::SNS::Subscription":           {service: "sns", form: "Action=ListSubscriptions&Version=2010-03-31"},
	"AWS::SNS::Topic":                  {service: "sns", form: "Action=ListTopics&Version=2010-03-31"},
	"AWS::SQS::Queue":                  {service: "sqs", target: "AmazonSQS.ListQueues"},
	"AWS::SSM::Parameter":              {service: "ssm", target: "AmazonSSM.DescribeParameters"},
	"AWS::Scheduler::Schedule":         {service: "scheduler", path: "/schedules"},
	"AWS::SecretsManager::Secret":      {service: "secretsmanager", target: "secretsmanager.ListSecrets"},
	"AWS::StepFunctions::StateMachine": {service: "states", target: "AWSStepFunctions.ListStateMachines"},
}

// partsOfOthers are types of resources that go with another resource, and that no list has.
var partsOfOthers = []string{"AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Permission", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"}

// list returns the answer of the local AWS, which looks at no signature. Rules are listed on
// the default bus, where alarms come from, and on the stack's own.
func list(t *testing.T, s *stack.Stack, kind string) string {
	t.Helper()
	switch c := lists[kind]; {
	case kind == "AWS::Events::Rule":
		return ask(t, s, c, "{}") + ask(t, s, c, `{"EventBusName":"`+busOf(s)+`"}`)
	case c.target != "":
		return ask(t, s, c, "{}")
	default:
		return askOn(t, s, c)
	}
}

var nextToken = regexp.MustCompile(`<NextToken>([^<]+)</NextToken>`)

// askOn asks for one page after the other.
func askOn(t *testing.T, s *stack.Stack, c call) string {
	t.Helper()
	all := ask(t, s, c, c.form)
	for page := all; ; all += page {
		more := nextToken.FindStringSubmatch(page)
		if more == nil {
			return all
		}
		page = ask(t, s, c, c.form+"&NextToken="+url.QueryEscape(more[1]))
	}
}

func ask(t *testing.T, s *stack.Stack, c call, body string) string {
	t.Helper()
	method, content := http.MethodPost, "application/x-www-form-urlencoded"
	switch {
	case c.path != "":
		method, content = http.MethodGet, ""
	case c.target != "":
		content = "application/x-amz-json-1.1"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint+c.path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+c.service+"/aws4_request, SignedHeaders=host, Signature=none")
	req.Header.Set("Content-Type", content)
	req.Header.Set("X-Amz-Target", c.target)
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("list of %+v: %s, error %v: %s", c, resp.Status, err, text)
	}
	return string(text)
}
