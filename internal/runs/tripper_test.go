package runs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// tripper carries calls to the simulator, and changes the answers.
type tripper struct {
	http.RoundTripper
	after func(body []byte, resp *http.Response, answer []byte) []byte
}

func (tr tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := tr.RoundTripper.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	answer, _ := io.ReadAll(resp.Body)
	answer = tr.after(body, resp, answer)
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	resp.ContentLength = int64(len(answer))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// withTripper is within, with a tripper.
func withTripper(t *testing.T, sc sim.Scenario, req runs.Request, after func([]byte, *http.Response, []byte) []byte, test func(w *world)) {
	t.Helper()
	over(t, sc, req, func(server http.RoundTripper) http.RoundTripper { return tripper{server, after} }, test)
}

func TestASearchForACulpritGoesOnWhereEachRefusalAsksToWait(t *testing.T) {
	for _, ra := range []int{0, 60} {
		var all []sim.Instance
		var ids []string
		for n := range 20 {
			id := fmt.Sprintf("i-%02d", n)
			in := sim.Instance{ID: id, StopTakes: 30 * time.Second}
			if n == 7 {
				in.RefusesDescribe = "OPERATION_NOT_POSSIBLE"
			}
			all, ids = append(all, in), append(ids, id)
		}
		req := request(ids...)
		req.Timeout = 2 * time.Hour
		withTripper(t, fleet(all...), req, func(_ []byte, resp *http.Response, answer []byte) []byte {
			if resp.StatusCode >= 400 && ra > 0 {
				resp.Header.Set("Retry-After", fmt.Sprint(ra))
			}
			return answer
		}, func(w *world) {
			for w.run.Outcome == runs.OutcomeWaiting {
				if w.run.Next == runs.NextWait {
					wait(time.Duration(w.run.WaitSeconds) * time.Second)
				}
				ctx, cancel := context.WithTimeout(w.Context(), 52*time.Second) // as a function of 60 s
				var err error
				switch w.run.Next {
				case runs.NextPlan:
					err = w.runner.Plan(ctx, &w.run)
				case runs.NextStop:
					err = w.runner.Stop(ctx, &w.run)
				default:
					err = w.runner.Check(ctx, &w.run)
				}
				cancel()
				if err != nil {
					w.run.Next = runs.NextWait
					if time.Since(w.run.Deadline) > time.Minute {
						break
					}
					wait(10 * time.Second)
				}
			}
			asked := 0
			for _, id := range ids {
				if w.server.Truth(id).AcceptedStops > 0 {
					asked++
				}
			}
			if asked < 19 {
				t.Errorf("Retry-After %d: only %d of 19 good ones were stopped in 2 hours", ra, asked)
			}
		})
	}
}

func TestARowThatIsThereTwiceAndCountedTwiceKeepsNoFilterFromBeingResolved(t *testing.T) {
	withTripper(t, fleet(sim.Instance{ID: "a", Tags: kv}, sim.Instance{ID: "b", Tags: kv}), byTag(), func(body []byte, _ *http.Response, answer []byte) []byte {
		var doc map[string]any
		if bytes.Contains(body, []byte(`"instanceIds"`)) || json.Unmarshal(answer, &doc) != nil {
			return answer
		}
		r, _ := doc["response"].(map[string]any)
		rows, ok := r["dataSet"].([]any)
		if !ok || len(rows) == 0 {
			return answer
		}
		r["dataSet"] = append(rows, rows[len(rows)-1])
		r["totalCount"] = len(rows) + 1
		out, _ := json.Marshal(doc)
		return out
	}, func(w *world) {
		w.untilDeadline()
		if w.server.Truth("a").StopCalls == 0 {
			t.Error("a was never stopped")
		}
	})
}

func TestRetryAfterBesideAListingThatCannotBeRightHolds(t *testing.T) {
	var at []time.Time
	withTripper(t, fleet(sim.Instance{ID: "a"}), request("a"), func(_ []byte, resp *http.Response, answer []byte) []byte {
		at = append(at, time.Now())
		if len(at) == 1 {
			resp.Header.Set("Retry-After", "240")
			return []byte(strings.Replace(string(answer), `"totalCount":1`, `"totalCount":0`, 1))
		}
		return answer
	}, func(w *world) {
		w.finish()
		if d := at[1].Sub(at[0]); d < 4*time.Minute {
			t.Errorf("the next call came after %s", d)
		}
	})
}

func TestAStatusThatNobodySeesIsNoSecondSightingOfTheOneBefore(t *testing.T) {
	for _, odd := range []string{" ", "\u200b"} {
		a := sim.Instance{ID: "a", IgnoresStops: 99, FalseStatus: "STOPPED", FalseFrom: 3, OddStatus: odd, OddFrom: 21 * time.Second}
		within(t, fleet(a), request("a"), func(w *world) {
			w.finish()
			if w.verdict("a") == power.Stopped {
				t.Error("STOPPED by one sighting and one row with a blank status")
			}
		})
	}
}

func TestALargePlanThatEndsWithinRetryAfterAtItsDeadlineLosesNobody(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 1500 {
		id := fmt.Sprintf("i-%04d", n)
		all, ids = append(all, sim.Instance{ID: id}), append(ids, id)
	}
	req := request(ids...)
	req.MaxInstances = 1500
	sc := fleet(all...)
	sc.Latency = 500 * time.Millisecond
	sc.Faults = []sim.Fault{{Kind: sim.Throttle, FirstCall: 2, LastCall: 2, RetryAfter: 10 * time.Minute}, {Kind: sim.TimeOut, FirstCall: 3, LastCall: 3}}
	within(t, sc, req, func(w *world) {
		wait(time.Until(w.run.Deadline) - 6*time.Second)
		if err := w.runner.Plan(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if w.run.Outcome != runs.OutcomeFailed || len(w.run.Instances)+w.run.Omitted != 1500 || w.run.Counts[power.TimedOut] != 1500 {
			t.Errorf("%s, %d rows, %d omitted: %s", w.run.Outcome, len(w.run.Instances), w.run.Omitted, w.run.Summary)
		}
	})
}

func TestAPlanFitsItsPayloadWhateverStatusesThereAre(t *testing.T) {
	var all []sim.Instance
	ids := make([]string, 9900)
	for n := range ids {
		ids[n] = fmt.Sprintf("%020d", n)
		all = append(all, sim.Instance{ID: ids[n], OddStatus: fmt.Sprintf("WAIT FOR %d", n)})
	}
	req := request(ids...)
	req.MaxInstances = len(ids)
	within(t, fleet(all...), req, func(w *world) {
		w.plan()
		text, _ := json.Marshal(w.run)
		if len(text) > payload {
			t.Errorf("%d bytes", len(text))
		}
	})
}
