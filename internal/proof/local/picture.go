package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/picture"
	"zenstop/internal/proof/picture/history"
)

// workflowARN is the variable with the ARN of StopWorkflow in the user's own account.
const workflowARN = "STOP_WORKFLOW_ARN"

// drawPicture is make picture. It only reads. A name means the stack that is up, or
// else the workflow that STOP_WORKFLOW_ARN names; an ARN means its own account,
// with the user's own credentials. Without a name it takes the newest run of the stack that is up.
func drawPicture(ctx context.Context, run string, getenv func(string) string, out io.Writer) error {
	run, err := named(ctx, run)
	if err != nil {
		return err
	}
	settings, arn, err := whereIs(ctx, run, getenv)
	if err != nil {
		return err
	}
	return drawExecution(ctx, settings, arn, out)
}

// named is the run, or the newest one of the stack that is up where none is named.
func named(ctx context.Context, run string) (string, error) {
	if run != "" {
		return run, nil
	}
	s, err := attach(ctx)
	if err != nil {
		return "", fmt.Errorf("%w; or name a run: RUN takes the ARN of an execution in AWS", err)
	}
	return newest(ctx, s)
}

// whereIs finds out which AWS has the run, and the ARN of its execution.
func whereIs(ctx context.Context, run string, getenv func(string) string) (settings aws.Config, execution string, err error) {
	workflow, remote := getenv(workflowARN), false
	if strings.HasPrefix(run, "arn:") {
		parsed, err := arn.Parse(run)
		if kind, name, _ := strings.Cut(parsed.Resource, ":"); err != nil || kind != "execution" || strings.Count(name, ":") != 1 {
			return settings, "", fmt.Errorf("%s is not the ARN of an execution of a standard workflow, which looks like arn:aws:states:us-east-1:123456789012:execution:WORKFLOW:RUN", run)
		}
		workflow, remote = "", parsed.AccountID != stack.Account || getenv("AWS_ENDPOINT_URL") != ""
	}
	if s, err := attach(ctx); err == nil && !remote {
		return s.AWS, s.ExecutionARN(run), nil
	}
	if !remote && workflow == "" {
		return settings, "", fmt.Errorf("there is no stack up that could have the run %s. For a run in AWS give the ARN of its execution: make picture RUN=arn:…; or set %s to the stack's output StopWorkflowArn. For a local run start the stack with make local, in another terminal", run, workflowARN)
	}
	if of, err := arn.Parse(workflow); err == nil && strings.Count(of.Resource, ":") > 1 {
		return settings, "", fmt.Errorf("%s is the ARN of a version or an alias; set %s to the stack's output StopWorkflowArn", workflow, workflowARN)
	}
	execution = stack.ExecutionARN(workflow, run)
	parsed, _ := arn.Parse(execution) // of a workflow's ARN that is none AWS says so
	settings, err = config.LoadDefaultConfig(ctx, config.WithRegion(parsed.Region))
	if err != nil {
		return settings, "", fmt.Errorf("the AWS settings cannot be read: %w", err)
	}
	return settings, execution, nil
}

// drawExecution reads the history of an execution and writes its two files.
func drawExecution(ctx context.Context, settings aws.Config, execution string, out io.Writer) error {
	moments, err := history.Read(ctx, sfn.NewFromConfig(settings), execution)
	if err != nil {
		return unread(execution, err)
	}
	path := filepath.Join(stack.Dir, "picture-"+fileName(execution[strings.LastIndex(execution, ":")+1:]))
	if err := os.MkdirAll(stack.Dir, 0o755); err != nil {
		return err
	}
	for ending, draw := range map[string]func(io.Writer, []picture.Moment) error{".html": picture.HTML, ".svg": picture.SVG} {
		if err := writeFile(path+ending, moments, draw); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "picture: %s.html (open it in a browser) and %s.svg\n", path, path)
	return nil
}

// unread says why the history of an execution could not be read.
func unread(execution string, err error) error {
	if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
		return fmt.Errorf("there is no execution %s; make runs lists those of the stack that is up. AWS keeps a history for 90 days", execution)
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() != "AccessDeniedException" {
		return fmt.Errorf("the history of %s cannot be read: %w", execution, err)
	}
	return fmt.Errorf("the history of %s cannot be read, which takes AWS credentials with the permission states:GetExecutionHistory: %w", execution, err)
}

func writeFile(path string, moments []picture.Moment, draw func(io.Writer, []picture.Moment) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(draw(file, moments), file.Close())
}

// fileName keeps what a file name may hold on every system.
func fileName(run string) string {
	return regexp.MustCompile(`[^A-Za-z0-9_.-]`).ReplaceAllString(run, "_")
}

// pictureOf draws a run at the end of make run and make send. The report has been
// printed, so a picture that cannot be drawn is no failure of the run.
func pictureOf(ctx context.Context, s *stack.Stack, run string, out io.Writer) {
	if err := drawExecution(ctx, s.AWS, s.ExecutionARN(run), out); err != nil {
		fmt.Fprintln(out, "no picture:", err)
	}
}
