package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"zenstop/internal/proof/local/stack"
)

// What CloudFormation's schemas ask for and this stack does not need, each with its reason.
var unneeded = []struct{ action, why string }{
	{"ec2:*", "the functions are in no VPC"},
	{"elasticfilesystem:*", "they have no file system"},
	{"s3files:*", "they have no file system"},
	{"lambda:PassCapacityProvider", "they run on Lambda's own machines"},
	{"lambda:PutFunctionScalingConfig", "they have no scaling of their own"},
	{"lambda:PutFunctionCodeSigningConfig", "the code is not signed"},
	{"lambda:DeleteFunctionCodeSigningConfig", "the code is not signed"},
	{"lambda:GetCodeSigningConfig", "the code is not signed"},
	{"lambda:PutFunctionRecursionConfig", "that setting is left alone"},
	{"lambda:PutRuntimeManagementConfig", "that setting is left alone"},
	{"lambda:GetLayerVersion", "they have no layers"},
	{"kms:*", "a key of one's own is not the stack's, and the text below the policy says so"},
	{"iam:PutRolePermissionsBoundary", "no role has a boundary"},
	{"iam:DeleteRolePermissionsBoundary", "no role has a boundary"},
	{"firehose:*", "no log goes there"},
	{"s3:REST.PUT.OBJECT", "no log goes there, and it is no action of IAM"},
	{"logs:AssociateKmsKey", "the logs have the key of AWS"},
	{"logs:DisassociateKmsKey", "the logs have the key of AWS"},
	{"logs:PutDataProtectionPolicy", "no log group has one"},
	{"logs:DeleteDataProtectionPolicy", "no log group has one"},
	{"logs:PutIndexPolicy", "no log group has one"},
	{"logs:DeleteIndexPolicy", "no log group has one"},
	{"logs:DeleteResourcePolicy", "that of the workflow's log stays for other workflows"},
	{"logs:PutBearerTokenAuthentication", "no log group has it"},
	{"logs:PutLogGroupDeletionProtection", "no log group has it"},
	{"sns:PutDataProtectionPolicy", "the topic has none"},
	{"secretsmanager:GetSecretValue", "whoever deploys need not see the credentials; an update of a secret whose text stays reads nothing"},
	{"secretsmanager:ReplicateSecretToRegions", "the secret is in one region"},
	{"secretsmanager:RemoveRegionsFromReplication", "the secret is in one region"},
}

// What the SAM CLI and people do beside what the resources ask for.
var besides = []string{"cloudformation:*", "s3:*", "lambda:PublishVersion", "states:ListExecutions", "states:StopExecution", "secretsmanager:PutSecretValue"}

// The local AWS checks no permissions, so the policy is compared with what the schema of each
// resource says that CloudFormation calls for it. Those schemas are AWS's own, as cfn-lint has them.
func TestWhoDeploysMayDoWhatCloudFormationDoesForEachResource(t *testing.T) {
	t.Parallel()
	allowed := actionsOf(t, policyOf(t, "deployer"))
	schemas, asked := schemasOf(t), map[string]bool{}
	for _, kind := range kindsOf(t, up) {
		actions, ok := schemas[kind]
		if !ok {
			t.Errorf("there is no schema of %s", kind)
		}
		for _, action := range actions {
			asked[action] = true
			leftOut := slices.ContainsFunc(unneeded, func(u struct{ action, why string }) bool { return covers(u.action, action) })
			if !leftOut && !allowed[action] {
				t.Errorf("%s needs %s, which the policy does not allow", kind, action)
			}
		}
	}
	for action := range allowed {
		if !asked[action] && !slices.ContainsFunc(besides, func(b string) bool { return covers(b, action) }) {
			t.Errorf("the policy allows %s, for which no resource of the stack asks", action)
		}
	}
	for _, u := range unneeded {
		if !slices.ContainsFunc(slices.Collect(func(yield func(string) bool) {
			for action := range asked {
				if !yield(action) {
					return
				}
			}
		}), func(action string) bool { return covers(u.action, action) }) {
			t.Errorf("no resource asks for %s any more", u.action)
		}
	}
}

func TestWhoSendsRequestsMaySendNothingElse(t *testing.T) {
	t.Parallel()
	statements := policyOf(t, "requester")
	if len(statements) != 1 || statements[0].Effect != "Allow" || !actionsOf(t, statements)["events:PutEvents"] || len(actionsOf(t, statements)) != 1 {
		t.Fatalf("%+v", statements)
	}
	sends := request(`{}`)
	condition := statements[0].Condition["StringEquals"]
	if condition["events:source"] != sends["source"] {
		t.Errorf("the policy lets %v in, and a request is of %v", condition["events:source"], sends["source"])
	}
	if kinds, _ := condition["events:detail-type"].([]any); !slices.Contains(kinds, sends["detail-type"]) || len(kinds) != 2 {
		t.Errorf("the policy lets %v in", kinds)
	}
}

// statement is one of a policy.
type statement struct {
	Effect    string
	Action    any
	Condition map[string]map[string]any
}

// policyOf is a policy of docs/security.md.
func policyOf(t *testing.T, name string) []statement {
	t.Helper()
	text, err := os.ReadFile("../../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- " + name + ":begin -->\n```json\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatalf("docs/security.md has no policy %s", name)
	}
	var policy struct {
		Version   string
		Statement []statement
	}
	if err := json.Unmarshal(found[1], &policy); err != nil || policy.Version != "2012-10-17" {
		t.Fatal(policy.Version, err)
	}
	return policy.Statement
}

func actionsOf(t *testing.T, all []statement) map[string]bool {
	t.Helper()
	actions := map[string]bool{}
	for _, s := range all {
		some, many := s.Action.([]any)
		if !many {
			some = []any{s.Action}
		}
		for _, a := range some {
			action, ok := a.(string)
			if !ok || strings.Contains(action, "*") || actions[action] {
				t.Errorf("%v is no action, or stands twice", a)
			}
			actions[action] = true
		}
	}
	return actions
}

// covers reports whether an action, or all of a service, is this one.
func covers(pattern, action string) bool {
	service, all := strings.CutSuffix(pattern, "*")
	return pattern == action || all && strings.HasPrefix(action, service)
}

// kindsOf are the types of the resources of a deployed stack, after SAM's transform.
func kindsOf(t *testing.T, s *stack.Stack) []string {
	t.Helper()
	var kinds []string
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(s.AWS), &cloudformation.ListStackResourcesInput{StackName: &s.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.StackResourceSummaries {
			kinds = append(kinds, *page.StackResourceSummaries[i].ResourceType)
		}
	}
	kinds = append(kinds, "AWS::SNS::Subscription") // that of NotificationEmail, which this stack has not
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	if len(kinds) < 15 {
		t.Fatalf("the stack has only %v", kinds)
	}
	return kinds
}

// schemasOf are the actions that CloudFormation calls for a resource of each type.
func schemasOf(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../../../../" + stack.Dir + "/venv/lib/python3*/site-packages/cfnlint/data/schemas/resources/*.json")
	if err != nil || len(files) < 500 {
		t.Fatalf("%d schemas, %v", len(files), err)
	}
	all := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var schema struct {
			TypeName string
			Handlers map[string]struct{ Permissions []string }
		}
		if json.Unmarshal(text, &schema) != nil || schema.TypeName == "" {
			continue
		}
		for _, does := range []string{"create", "read", "update", "delete"} {
			all[schema.TypeName] = append(all[schema.TypeName], schema.Handlers[does].Permissions...)
		}
	}
	return all
}
