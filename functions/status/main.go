// Command status is StatusFunction: it looks how far a run's instances are.
package main

import (
	"os"

	"zenstop/internal/handler"
	"zenstop/internal/settings"
	"zenstop/internal/shutdown"
	"zenstop/internal/wiring"
)

func main() {
	wiring.Serve(os.Getenv, settings.LoadStatus, func(_ settings.Status, b wiring.Base) wiring.Handler[shutdown.Run] {
		return handler.Status{Runner: b.Runner}.Handle
	})
}
