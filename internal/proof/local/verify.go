package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/proof/verify"
)

// verifyAWS is make verify-aws. Unlike every other command it asks the user's own
// AWS account, or what AWS_ENDPOINT_URL names.
func verifyAWS(ctx context.Context, out io.Writer) error {
	// AWS may throttle so many calls in a row; the SDK then waits, and asks again.
	settings, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeAdaptive), config.WithRetryMaxAttempts(6))
	if err != nil {
		return fmt.Errorf("the AWS settings cannot be read: %w", err)
	}
	if settings.Region == "" {
		return errors.New("no AWS region is set; set AWS_REGION, or a region in the profile that AWS_PROFILE names")
	}
	if _, err := settings.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("no AWS credentials: sign in (aws sso login, say), or set AWS_PROFILE; they need states:ValidateStateMachineDefinition and states:TestState, nothing else: %w", err)
	}
	return verify.Run(ctx, sfn.NewFromConfig(settings), verify.Options{Region: settings.Region, Endpoint: aws.ToString(settings.BaseEndpoint)}, out)
}
