package audit_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/audit"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
	"zenstop/statemachine"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

var begins = time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)

// fleet are four instances: two that are up, one of them kept for a while, a protected one, and one that is off.
func fleet() []cloud.Instance {
	return []cloud.Instance{
		{ID: "up", Status: "RUNNING", StopTakes: time.Minute},
		{ID: "off", Status: "STOPPED"},
		{ID: "safe", Status: "RUNNING", Tags: []zenlayer.Tag{{Key: "zenstop-protect"}}},
		{ID: "kept", Status: "RUNNING", StopTakes: time.Minute, Tags: []zenlayer.Tag{{Key: "zenstop-keep-until", Value: begins.Add(3 * time.Hour).Format(time.RFC3339)}}},
	}
}

// many are as many instances that are up.
func many(n int) []cloud.Instance {
	all := make([]cloud.Instance, n)
	for i := range all {
		all[i] = cloud.Instance{ID: "i-" + string(rune('a'+i/676)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)), Status: "RUNNING", StopTakes: time.Minute}
	}
	return all
}

// trouble is what goes wrong in AWS: a call of a function fails in this way, or what a run hears of
// its part. A nil function is no trouble.
type trouble struct {
	call  func(run string, payload []byte) *asl.Failure
	heard func(part string, end func() asl.End) (asl.End, *asl.Failure)

	witness **witness // gets the account
}

// witness is an account that remembers which answers showed each instance as STOPPED.
type witness struct {
	*cloud.Account

	now   func() time.Time
	shown map[string]shown
}

// shown are the answers in a row that showed an instance as STOPPED.
type shown struct {
	times       int
	first, last time.Time
}

// Describe is of [runs.API].
func (w *witness) Describe(ctx context.Context, ids []string) (zenlayer.Page, error) {
	page, err := w.Account.Describe(ctx, ids)
	for i := range page.Instances {
		in := &page.Instances[i]
		if in.Status != "STOPPED" {
			continue
		}
		s := w.shown[in.ID]
		if s.times == 0 {
			s.first = w.now()
		}
		s.times, s.last = s.times+1, w.now()
		w.shown[in.ID] = s
	}
	return page, err
}

// shownIn is carryOut with what the answers showed.
func shownIn(t *testing.T, req runs.Request, fleet ...cloud.Instance) (*witness, map[string]audit.History) {
	t.Helper()
	var w *witness
	all := carryOutIn(t, trouble{witness: &w}, req, fleet...)
	return w, all
}

// carryOut carries out the run of a request for all instances of the account, and the runs
// after it, and returns their histories by their names.
func carryOut(t *testing.T, req runs.Request, fleet ...cloud.Instance) map[string]audit.History {
	t.Helper()
	return carryOutIn(t, trouble{}, req, fleet...)
}

// carryOutIn is carryOut in an AWS with trouble.
func carryOutIn(t *testing.T, in trouble, req runs.Request, fleet ...cloud.Instance) map[string]audit.History {
	t.Helper()
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	now, all := begins, map[string]audit.History{}
	account := &witness{cloud.NewAccount(func() time.Time { return now }, fleet...), func() time.Time { return now }, map[string]shown{}}
	if in.witness != nil {
		*in.witness = account
	}
	for _, in := range fleet {
		req.Target.InstanceIDs = append(req.Target.InstanceIDs, in.ID)
	}
	if req.MaxInstances == 0 {
		req.MaxInstances = len(fleet)
	}
	runner := runs.Runner{
		API: account, Rules: power.Rules{ProtectTagKey: "zenstop-protect", KeepTagKey: "zenstop-keep-until", Zone: time.UTC},
		Now: func() time.Time { return now },
	}
	stop := handler.Stop{Runner: runner}
	stop.Trigger.MaxInstances = 10_000
	var execute func(ctx context.Context, name string, input []byte) asl.End
	var later []func()
	execute = func(ctx context.Context, name string, input []byte) asl.End {
		var record cloud.Record
		services := cloud.AWS{Machine: machine, Env: cloud.Alone(&now), Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
			now = now.Add(time.Second)
			if in.call != nil {
				if f := in.call(name, payload); f != nil {
					return nil, f
				}
			}
			return cloud.Answer(cloud.Call(ctx, stop, function, payload))
		}}
		services.Child = func(ctx context.Context, name string, input []byte) (asl.End, *asl.Failure) {
			end := func() asl.End { return execute(ctx, name, input) }
			if in.heard != nil {
				return in.heard(name, end)
			}
			return end(), nil
		}
		services.Start = func(name string, input []byte) *asl.Failure {
			later = append(later, func() { execute(ctx, name, slices.Clone(input)) })
			return nil
		}
		end, err := record.Carry(ctx, &services, name, input, runner.Now)
		if err != nil {
			t.Error(err)
		}
		all[name] = record.History
		return end
	}
	first := runs.New(req, now)
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	execute(t.Context(), req.Name, text)
	for len(later) > 0 {
		next := later[0]
		later = later[1:]
		next()
	}
	return all
}

func request() runs.Request {
	return runs.Request{Action: power.Stop, Name: "request-1", Timeout: 30 * time.Minute}
}

// judged judges one of the histories, with those of its parts.
func judged(all map[string]audit.History, name string) audit.Judgement {
	parts := map[string]audit.History{}
	for of, h := range all {
		if strings.HasPrefix(of, name+"-part-") {
			parts[of] = h
		}
	}
	return audit.Judge(all[name], parts)
}
