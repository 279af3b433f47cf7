package statemachine

import (
	"bytes"
	"context"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
)

// BenchmarkLook is the interpreter's own time for one look: Next?, Wait and
// CheckStatus with a function that does nothing. docs/workflow.md quotes the result.
func BenchmarkLook(b *testing.B) {
	m, now := load(b), began
	doc := encode(b, planned(b, repeat(30, power.Open)...))
	b.SetBytes(int64(len(doc)))
	looks := 0
	for looks < b.N {
		_, err := m.Run(b.Context(), asl.Env{
			Now: func() time.Time { return now }, Wait: func(time.Duration) {},
			Task: func(_ context.Context, _ string, a asl.Arguments) ([]byte, *asl.Failure) {
				if a.Text("FunctionName") == "" {
					return []byte(`{}`), nil
				}
				if bytes.HasPrefix(a["Payload"], []byte(`{"failure"`)) { // the report after the last look
					return []byte(`{"run":{"summary":"","outcome":"FAILED","part":0},"notice":{"subject":"","message":"","event":"","error":""},"metrics":[],"back":{}}`), nil
				}
				looks++
				return a["Payload"], nil
			},
		}, asl.Execution{Input: doc})
		if err != nil {
			b.Fatal(err)
		}
	}
}
