// Command stop is StopFunction: it turns an event into a run, and asks Zenlayer
// to stop instances when the workflow says so.
package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/credentials"
	"zenstop/internal/fault"
	"zenstop/internal/handler"
	"zenstop/internal/runlog"
	"zenstop/internal/settings"
	"zenstop/internal/shutdown"
	"zenstop/internal/zenlayer"
)

func main() {
	slog.SetDefault(slog.New(runlog.Handler(lambdacontext.NewLogHandler())))
	slog.SetLogLoggerLevel(slog.LevelError) // the runtime reports failures through package log
	fn, err := build(os.Getenv)
	if err != nil {
		slog.Error("cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(fault.Handler(fn.Handle))
}

// build wires the function. Nothing else reads the environment.
func build(getenv func(string) string) (*handler.Stop, error) {
	set, err := settings.LoadStop(getenv)
	if err != nil {
		return nil, err
	}
	aws, err := settings.LoadAWS(getenv)
	if err != nil {
		return nil, err
	}
	client, err := zenlayer.New(zenlayer.Config{
		Endpoint: set.Endpoint,
		Source:   credentials.New(secretsmanager.NewFromConfig(aws), set.SecretARN, time.Now),
	})
	if err != nil {
		return nil, err
	}
	return &handler.Stop{
		Runner:   shutdown.Runner{API: client, ProtectTagKey: set.ProtectTagKey, Now: time.Now, Parallel: shutdown.SideBySide},
		Starter:  sfn.NewFromConfig(aws),
		Workflow: set.WorkflowARN,
		Trigger:  set.Trigger,
	}, nil
}
