// Package wiring puts a function together out of its settings, the clients of AWS and
// Zenlayer, and the domain. The main packages say only what their functions do not share.
package wiring

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"zenstop/internal/credentials"
	"zenstop/internal/fault"
	"zenstop/internal/runlog"
	"zenstop/internal/runs"
	"zenstop/internal/settings"
	"zenstop/internal/zenlayer"
)

// Base is what both functions need.
type Base struct {
	Runner runs.Runner
	AWS    aws.Config // for further clients
}

// Handler does one call of a function.
type Handler = func(context.Context, json.RawMessage) (any, error)

// Serve reads the settings of a function with load, builds it out of them and the [Base],
// and hands it its calls for as long as the process lives. Where a setting is wrong, the
// log says which, and the process ends with status 1. Nothing else reads the environment.
func Serve[Set interface{ Shared() settings.Common }](
	getenv func(string) string, load func(func(string) string) (Set, error), build func(Set, Base) Handler,
) {
	slog.SetDefault(logger(lambdacontext.NewLogHandler()))
	slog.SetLogLoggerLevel(slog.LevelError) // the runtime reports failures through package log
	handle, err := wire(getenv, load, build)
	if err != nil {
		slog.Error("cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(fault.Handler(handle))
}

// logger has the version of zenstop on each line, and the run on those of a call.
func logger(next slog.Handler) *slog.Logger {
	return slog.New(runlog.Handler(next)).With("version", runs.Version)
}

func wire[Set interface{ Shared() settings.Common }](
	getenv func(string) string, load func(func(string) string) (Set, error), build func(Set, Base) Handler,
) (Handler, error) {
	set, err := load(getenv)
	if err != nil {
		return nil, err
	}
	base, err := newBase(getenv, set.Shared())
	if err != nil {
		return nil, err
	}
	return build(set, base), nil
}

func newBase(getenv func(string) string, set settings.Common) (Base, error) {
	cfg, err := settings.LoadAWS(getenv)
	if err != nil {
		return Base{}, err
	}
	client, err := zenlayer.New(zenlayer.Config{
		Endpoint: set.Endpoint,
		Source:   credentials.New(secretsmanager.NewFromConfig(cfg), set.SecretARN, time.Now),
	})
	if err != nil {
		return Base{}, err
	}
	return Base{runs.Runner{API: client, Rules: set.Rules, Now: time.Now, Parallel: runs.SideBySide}, cfg}, nil
}
