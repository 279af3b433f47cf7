// Command stop is StopFunction: it turns an event into a run, and asks Zenlayer
// to stop instances when the workflow says so.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/handler"
	"zenstop/internal/settings"
	"zenstop/internal/wiring"
)

func main() {
	wiring.Serve(os.Getenv, settings.LoadStop, func(set settings.Stop, b wiring.Base) wiring.Handler {
		b.Runner.Mornings = set.Mornings
		return handler.Stop{
			Runner:   b.Runner,
			Starter:  sfn.NewFromConfig(b.AWS),
			Workflow: set.WorkflowARN,
			Trigger:  set.Trigger,
		}.Handle
	})
}
