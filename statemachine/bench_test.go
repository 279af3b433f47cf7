package statemachine

import (
	"bytes"
	"context"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
)

// BenchmarkLook is the interpreter's own time for one look: Next?, Wait and
// CheckStatus with a function that does nothing. docs/workflow.md quotes the result.
func BenchmarkLook(b *testing.B) {
	doc := encode(b, planned(b, repeat(30, power.Open)...))
	b.SetBytes(int64(len(doc)))
	env := asl.Env{Now: func() time.Time { return began }, Wait: func(time.Duration) {}}
	looks := 0
	services := cloud.AWS{Machine: load(b), Env: env, Invoke: func(_ context.Context, _ string, payload []byte) ([]byte, *asl.Failure) {
		if bytes.HasPrefix(payload, []byte(`{"failure"`)) { // the report after the last look
			return []byte(`{"run":{"summary":"","outcome":"FAILED","part":0},"notice":{"subject":"","message":"","event":"","error":"","metrics":[]},"further":[]}`), nil
		}
		looks++
		return payload, nil
	}}
	for looks < b.N {
		if _, err := services.Run(b.Context(), "look", doc); err != nil {
			b.Fatal(err)
		}
	}
}
