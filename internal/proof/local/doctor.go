package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"

	"zenstop/internal/proof/doctor"
	"zenstop/internal/proof/local/stack"
)

// beforehand is what make doctor says first.
const beforehand = `Looking at the stack %s in %s. This reads, and sends StopFunction a dry run for each target that is set. A dry run
stops nothing, costs a run, and sends its report to the subscribers of the topic, as every run does.

`

// examine is make doctor. A name means a stack in AWS, with the user's own credentials;
// without one it is the stack that is up.
func examine(ctx context.Context, name string, out io.Writer) error {
	settings, shell, err := patient(ctx, &name)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, beforehand, name, settings.Region)
	d := doctor.Doctor{AWS: doctor.Of(settings), Stack: name, Shell: shell, Now: time.Now}
	healthy, err := d.Examine(ctx, func(l doctor.Line) { l.Write(out) })
	if err != nil {
		return err
	}
	if !healthy {
		return errNotGood
	}
	return nil
}

// patient finds out which AWS has the stack, and how commands reach it. Where no name is
// given, it fills in that of the stack that is up.
func patient(ctx context.Context, name *string) (settings aws.Config, shell doctor.Shell, err error) {
	if *name == "" {
		s, err := attach(ctx)
		if err != nil {
			return settings, shell, fmt.Errorf("which stack? make doctor STACK=… takes the name of a stack in AWS. %w", err)
		}
		*name = s.Name
		return s.AWS, localShell(s), nil
	}
	var options []func(*config.LoadOptions) error
	if of, err := arn.Parse(*name); err == nil {
		options = append(options, config.WithRegion(of.Region))
	}
	if settings, err = config.LoadDefaultConfig(ctx, options...); err != nil {
		return settings, shell, fmt.Errorf("the AWS settings cannot be read: %w", err)
	}
	if settings.Region == "" {
		return settings, shell, errors.New("no AWS region is set: AWS_REGION=… make doctor STACK=…, or aws configure set region …")
	}
	in := " --region " + settings.Region + profileOf(settings)
	stackName, _, _ := strings.Cut(strings.TrimPrefix((*name)[strings.LastIndex(*name, ":")+1:], "stack/"), "/") // of an ARN
	at := ""
	if settings.BaseEndpoint != nil {
		at = "AWS_ENDPOINT_URL=" + doctor.Word(*settings.BaseEndpoint) + " "
	}
	deploy := "sam build && " + at + "sam deploy" + in + " --stack-name " + doctor.Word(stackName)
	return settings, doctor.Shell{AWS: at + "aws" + in, Deploy: deploy, New: deploy + " --guided"}, nil
}

// profileOf is the flag for the profile of AWS that the environment names, because the commands
// may be typed where it does not name it. Keys and a web identity in the environment come before a profile.
func profileOf(settings aws.Config) string {
	for _, source := range settings.ConfigSources {
		if env, ok := source.(config.EnvConfig); ok && env.SharedConfigProfile != "" && !env.Credentials.HasKeys() && env.WebIdentityTokenFilePath == "" {
			return " --profile " + doctor.Word(env.SharedConfigProfile)
		}
	}
	return ""
}

// localShell is for the local AWS. The AWS CLI of version 1 takes the endpoint of SQS from
// its flag alone.
func localShell(s *stack.Stack) doctor.Shell {
	const keys = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "
	in := " --region " + s.AWS.Region
	return doctor.Shell{
		AWS: keys + "aws" + in + " --endpoint-url " + s.Endpoint,
		Deploy: keys + "AWS_ENDPOINT_URL=" + s.Endpoint + " " + stack.SAM(".") + " deploy" + in + " --stack-name " + s.Name +
			" --template-file " + stack.Built(".") + " --resolve-s3 --capabilities CAPABILITY_IAM --no-confirm-changeset",
		New: "make local",
	}
}
