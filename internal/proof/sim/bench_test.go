package sim_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"zenstop/internal/proof/sim"
)

// BenchmarkDescribe100Of1000 measures the call that a campaign makes most often: a
// look at 100 instances. It should take less than 150 microseconds.
func BenchmarkDescribe100Of1000(b *testing.B) {
	s, err := sim.New(sim.Options{Scenario: sim.Scenario{
		Generate: []sim.Generate{{Prefix: "bmc-", Count: 1000, Like: sim.Instance{Tags: map[string]string{"env": "lab", "power": "nightly"}}}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprintf(`"bmc-%04d"`, 10*i+1)
	}
	body := `{"instanceIds":[` + strings.Join(ids, ",") + `],"pageSize":100}`
	b.ReportAllocs()
	for b.Loop() {
		q, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://sim"+sim.Path, strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		q.Header = http.Header{
			"Content-Type": {"application/json"}, "X-Zc-Action": {sim.ActionDescribe},
			"X-Zc-Version": {sim.Version}, "Authorization": {"Bearer sim-token"},
		}
		resp, err := s.RoundTrip(q)
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp, err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < 30_000 {
			b.Fatal(n, err)
		}
		resp.Body.Close()
	}
}

// BenchmarkNew1000 measures the start of a campaign run with 1,000 instances, before
// its first call.
func BenchmarkNew1000(b *testing.B) {
	sc := sim.Scenario{Instances: make([]sim.Instance, 1000)}
	for i := range sc.Instances {
		sc.Instances[i] = sim.Instance{ID: fmt.Sprintf("bmc-%04d", i), StopTakes: sec}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sim.New(sim.Options{Scenario: sc}); err != nil {
			b.Fatal(err)
		}
	}
}
