// Command status is StatusFunction: it looks how far a run's instances are, and reports.
package main

import (
	"os"

	"zenstop/internal/handler"
	"zenstop/internal/settings"
	"zenstop/internal/wiring"
)

func main() {
	wiring.Serve(os.Getenv, settings.LoadStatus, func(set settings.Status, b wiring.Base) wiring.Handler {
		b.Runner.Stack = set.Stack
		return handler.Status{Runner: b.Runner}.Handle
	})
}
