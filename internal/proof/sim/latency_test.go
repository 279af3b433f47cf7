package sim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zenstop/internal/proof/sim"
)

func TestAnAnswerComesAfterTheLatencyAndTheRequestActsAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		limit, took time.Duration
		err         error
	}{
		"in time":                  {time.Second, 200 * time.Millisecond, nil},
		"the client does not wait": {100 * time.Millisecond, 100 * time.Millisecond, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, err := sim.New(sim.Options{Scenario: sim.Scenario{Latency: 200 * time.Millisecond}, Now: time.Now})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://zenlayer.test"+sim.Path, strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("X-ZC-Action", sim.ActionDescribe)
				begun := time.Now()
				answer, err := server.RoundTrip(request)
				if err == nil {
					_ = answer.Body.Close()
				}
				if took := time.Since(begun); took != c.took || !errors.Is(err, c.err) || server.Calls(sim.ActionDescribe) != 1 {
					t.Errorf("after %s: error %v, %d calls arrived; want %s, %v, 1", took, err, server.Calls(sim.ActionDescribe), c.took, c.err)
				}
			})
		})
	}
}
