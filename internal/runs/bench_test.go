package runs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// steady is an account whose instances all have one status, a tag, and the longest name that a run keeps.
type steady struct {
	ids    []string
	status string
}

func steadyOf(n int, status string) steady {
	s := steady{status: status}
	for i := range n {
		s.ids = append(s.ids, fmt.Sprintf("instance-%011d", i))
	}
	return s
}

func (s steady) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Name: fmt.Sprintf("%-64s", id), Status: s.status, Tags: []zenlayer.Tag{{Key: "k"}}})
	}
	return page, nil
}

func (s steady) List(ctx context.Context, _ zenlayer.Filter, number, size int) (zenlayer.Page, error) {
	first := min((number-1)*size, len(s.ids))
	page, err := s.Describe(ctx, s.ids[first:min(first+size, len(s.ids))])
	page.TotalCount = len(s.ids)
	return page, err
}

func (steady) Ask(context.Context, zenlayer.Action, []string) error { return nil }

// planned is a run of n instances of which each has this status.
func planned(b *testing.B, n int, status string) (runs.Runner, runs.Run) {
	b.Helper()
	start := time.Date(2026, time.November, 22, 19, 0, 0, 0, time.UTC)
	r := runs.Runner{API: steadyOf(n, status), Now: func() time.Time { return start }}
	run := unplanned(n, start)
	if err := r.Plan(b.Context(), &run); err != nil {
		b.Fatal(err)
	}
	return r, run
}

func unplanned(n int, start time.Time) runs.Run {
	return runs.New(runs.Request{
		Action: power.Stop,
		Name:   "schedule-1", MaxInstances: n, Timeout: time.Hour,
		Target: runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{"k"}}},
	}, start)
}

// BenchmarkCheckOf1000 measures a look at a full execution whose instances are still STOPPING.
func BenchmarkCheckOf1000(b *testing.B) {
	r, run := planned(b, 1000, zenlayer.StatusStopping)
	b.ReportAllocs()
	for b.Loop() {
		next := run
		if err := r.Check(b.Context(), &next); err != nil || next.Outcome != runs.OutcomeWaiting {
			b.Fatal(next.Outcome, err)
		}
	}
}

// BenchmarkDocumentOf1000 measures how a function reads and writes the document of a
// full execution, which is near its bound of 240,000 bytes.
func BenchmarkDocumentOf1000(b *testing.B) {
	_, run := planned(b, 1000, zenlayer.StatusStopping)
	doc, err := json.Marshal(run)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		run, err := runs.Decode(doc)
		if err != nil {
			b.Fatal(err)
		}
		if doc, err = json.Marshal(run); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPlanOf10000 measures the plan of the largest run: two passes over ten
// pages, and the split into parts.
func BenchmarkPlanOf10000(b *testing.B) {
	r, _ := planned(b, 10_000, zenlayer.StatusRunning)
	b.ReportAllocs()
	for b.Loop() {
		run := unplanned(10_000, r.Now())
		if err := r.Plan(b.Context(), &run); err != nil || len(run.Memory.Parts) != 10 {
			b.Fatal(len(run.Memory.Parts), err)
		}
	}
}
