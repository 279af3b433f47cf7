package stack

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// SimSecret is the stack's secret with the credentials that the simulator knows.
const SimSecret = `{"accessKeyId":"` + SimKeyID + `","accessKeyPassword":"` + SimPassword + `"}`

// Deploy deploys the stack, or updates the one of this name. Where the options name
// no template, it is the repository's own, and only its parameters are set.
func (s *Stack) Deploy(ctx context.Context, o Options) error {
	Step(o.Log, "deploy", "template.yaml, with sam deploy, to the local AWS at "+s.Endpoint)
	parameters := map[string]string{
		"Architecture": Architecture(), "AwsEndpointUrl": s.Endpoint, "ZenlayerEndpoint": s.Simulator,
		"SkipDates": SkipDates, "AlarmTarget": AlarmTarget,
	}
	maps.Copy(parameters, o.Overrides)
	args := []string{
		"deploy", "--template-file", cmp.Or(o.Template, Built(o.Root)), "--stack-name", o.Name,
		"--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
		"--region", region, "--parameter-overrides",
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		args = append(args, name+"="+strconv.Quote(parameters[name]))
	}
	if err := run(ctx, o.Root, Environ(s.Endpoint), io.Discard, SAM(o.Root), args...); err != nil {
		return fmt.Errorf("sam deploy: %w", err)
	}
	return s.readOutputs(ctx)
}

func (s *Stack) readOutputs(ctx context.Context) error {
	out, err := cloudformation.NewFromConfig(s.AWS).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &s.Name})
	if err != nil {
		return fmt.Errorf("describe stack %s: %w", s.Name, err)
	}
	if len(out.Stacks) != 1 {
		return fmt.Errorf("describe stack %s: the answer has %d stacks", s.Name, len(out.Stacks))
	}
	s.Outputs = map[string]string{}
	for _, output := range out.Stacks[0].Outputs {
		s.Outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return nil
}

// FillSecret puts a value into the stack's secret, as a user would.
func (s *Stack) FillSecret(ctx context.Context, value string) error {
	id := s.Outputs["CredentialsSecretArn"]
	_, err := secretsmanager.NewFromConfig(s.AWS).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &id, SecretString: &value})
	return err
}
