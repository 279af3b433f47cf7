package e2e

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// TestDeletingTheStackLeavesTheSecretAndTheFailureQueueAndNothingElse deletes a stack
// that has carried out a run, and then looks into every service that it has used.
//
// The local AWS heeds the DeletionPolicy of a resource, as AWS does. It cannot show that
// AWS keeps a deleted state machine until its executions have ended, nor that the last
// lines of a function come seconds late, when its log group is gone: on AWS the role may
// not make the group again (the statement NoOtherLogGroup), and here no role is enforced.
func TestDeletingTheStackLeavesTheSecretAndTheFailureQueueAndNothingElse(t *testing.T) {
	t.Parallel()
	s := beside(t, "zenstop-gone", "update", map[string]string{"QuietHours": "26", "NotificationEmail": "nobody@example.com", "WatchScheduleExpression": "cron(0 22-23,0-5 * * ? *)"}) // with every resource
	if err := s.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, carryOut(t, s, scheduled("before-the-end", `{"target":{"instanceIds":["next-0001"]}}`)), runs.OutcomeStopped)
	queue := s.Outputs["FailureQueueUrl"]
	if _, err := sqs.NewFromConfig(s.AWS).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: aws.String("a lost event")}); err != nil {
		t.Fatal(err)
	}

	resources := resourcesOf(t, s)
	wantListed(t, s, resources, func(types.StackResourceSummary) bool { return true })
	deleteStack(t, s)
	wantListed(t, s, resources, func(r types.StackResourceSummary) bool {
		return slices.Contains([]string{"CredentialsSecret", "FailureQueue"}, aws.ToString(r.LogicalResourceId))
	})
	wantContentsKept(t, s)
}

func resourcesOf(t *testing.T, s *stack.Stack) []types.StackResourceSummary {
	t.Helper()
	var all []types.StackResourceSummary
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(s.AWS), &cloudformation.ListStackResourcesInput{StackName: &s.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.StackResourceSummaries...)
	}
	return all
}

// deleteStack deletes the stack and waits until CloudFormation has done so.
func deleteStack(t *testing.T, s *stack.Stack) {
	t.Helper()
	client := cloudformation.NewFromConfig(s.AWS)
	is, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &s.Name})
	if err != nil {
		t.Fatal(err)
	}
	id := is.Stacks[0].StackId // a deleted stack is known by its id only
	if _, err := client.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: id}); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the end of "+s.Name, func() bool {
		is, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: id})
		if err != nil || is.Stacks[0].StackStatus == types.StackStatusDeleteFailed {
			t.Fatalf("stack %s, error %v: %+v", aws.ToString(id), err, is)
		}
		return is.Stacks[0].StackStatus == types.StackStatusDeleteComplete
	})
}

// wantListed checks for each resource whether the service that it belongs to lists it.
// Besides the resources, no service may list anything with the name of the stack in it
// that should be gone, such as a log group that a function has made.
func wantListed(t *testing.T, s *stack.Stack, resources []types.StackResourceSummary, want func(types.StackResourceSummary) bool) {
	t.Helper()
	texts, kept := map[string]string{}, map[string]bool{}
	for kind := range lists {
		texts[kind] = list(t, s, kind)
	}
	for _, r := range resources {
		kind, id := aws.ToString(r.ResourceType), aws.ToString(r.PhysicalResourceId)
		if slices.Contains(partsOfOthers, kind) {
			continue
		}
		text, known := texts[kind]
		if !known {
			t.Errorf("%s is a %s, and this test does not know where these are listed", aws.ToString(r.LogicalResourceId), kind)
			continue
		}
		if strings.HasPrefix(id, "http://") { // of a queue; the local AWS lists it under another name of the host
			id = path.Base(id)
		}
		if listed := strings.Contains(text, id); listed != want(r) {
			t.Errorf("%s (%s) is there: %t, want %t", aws.ToString(r.LogicalResourceId), id, listed, want(r))
		}
		kept[kind] = kept[kind] || want(r)
	}
	for kind, text := range texts {
		if strings.Contains(text, s.Name) && !kept[kind] {
			t.Errorf("the list of %s has something of the stack: %s", kind, text)
		}
	}
}

// wantContentsKept checks that the secret and the failure queue hold what they held.
func wantContentsKept(t *testing.T, s *stack.Stack) {
	t.Helper()
	secret := s.Outputs["CredentialsSecretArn"]
	value, err := secretsmanager.NewFromConfig(s.AWS).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &secret})
	if err != nil || aws.ToString(value.SecretString) != stack.SimSecret {
		t.Errorf("the secret does not hold the credentials that were put there, error %v", err)
	}
	queue := s.Outputs["FailureQueueUrl"]
	got, err := sqs.NewFromConfig(s.AWS).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, WaitTimeSeconds: 5})
	if err != nil || len(got.Messages) != 1 || aws.ToString(got.Messages[0].Body) != "a lost event" {
		t.Errorf("the failure queue has %v, error %v, want the one message that was sent", got, err)
	}
}
