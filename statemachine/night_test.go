package statemachine

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// The picture of a night in docs/events.md is drawn from the documents of its runs: one that warns,
// the one that comes back to a kept machine, a check, and those that start again what the first
// two have stopped. They are carried out with the deployed definition and the rules of the
// functions.
func TestThePictureOfANightIsThatOfItsRuns(t *testing.T) {
	warning := time.Date(2026, 11, 24, 18, 45, 0, 0, time.UTC)
	keepEnds, check, morning := warning.Add(3*time.Hour+15*time.Minute), warning.Add(8*time.Hour+15*time.Minute), warning.Add(12*time.Hour+15*time.Minute)
	n := &night{ids: []string{"web-01", "web-02", "build-01"}, kept: "build-01", until: keepEnds, asked: map[string]time.Time{}}
	req := runs.Request{Action: power.Stop, Name: "schedule-1", Timeout: 30 * time.Minute, Warn: 15 * time.Minute, StartAt: &morning, MaxInstances: 100, Target: runs.Target{InstanceIDs: n.ids}}
	first := n.carryOut(t, warning, requested(t, req, warning))
	second := n.carryOut(t, first.now, first.further["schedule-1-kept"])
	req.Name, req.Warn, req.StartAt, req.CheckOnly = "schedule-2", 0, nil, true
	third := n.carryOut(t, check, requested(t, req, check))

	fourth := n.carryOut(t, check, first.further["schedule-1-start"])
	fifth := n.carryOut(t, check, second.further["schedule-1-kept-start"])

	var sights []sight
	for _, w := range []*world{first, second, third, fourth, fifth} {
		sights = append(sights, w.sights...)
	}
	if last := third.sights[len(third.sights)-1]; last.doc.Outcome != runs.OutcomeStopped || last.doc.Counts[power.AlreadyStopped] != 3 {
		t.Fatalf("the check ends %s: %s", last.doc.Outcome, last.doc.Summary)
	}
	for w, n := range map[*world]int{fourth: 2, fifth: 1} {
		if last := w.sights[len(w.sights)-1]; last.doc.Outcome != runs.OutcomeStarted || last.doc.Counts[power.Started] != n {
			t.Fatalf("%s ends %s: %s", last.doc.Name, last.doc.Outcome, last.doc.Summary)
		}
	}
	p := &ganttChart{from: warning.Add(-30 * time.Minute), to: morning.Add(30 * time.Minute)}
	p.line("---\ndisplayMode: compact\n---\ngantt\n    dateFormat YYYY-MM-DD HH:mm\n    axisFormat %%H:%%M\n    tickInterval 1hour")
	p.line("    section warning")
	p.event("warned", warning)
	p.line("    section stop")
	p.event("stopped, but for the kept one", *sights[0].doc.StopAt)
	p.event("the kept one stopped", keepEnds)
	p.line("    section check")
	p.event("still off", check)
	p.line("    section start")
	p.event("started again", morning)
	for _, id := range n.ids {
		p.row(id, sights)
	}
	keepBlock(t, "../docs/events.md", "night", "\n```mermaid\n"+p.String()+"```\n")
}

// sight is a run document at the moment when a state of the workflow handed it on.
type sight struct {
	at  time.Time
	doc runs.Run
}

// ganttChart is a Gantt chart in Mermaid's language.
type ganttChart struct {
	strings.Builder

	from, to time.Time
}

const ganttTime = "2006-01-02 15:04"

func (p *ganttChart) line(format string, values ...any) { fmt.Fprintf(p, format+"\n", values...) }

func (p *ganttChart) event(what string, at time.Time) {
	p.line("    %s :milestone, %s, 0m", what, at.Format(ganttTime))
}

// row draws a machine as the documents saw it. What it was before the first of them, it
// is at the left edge, and what the last one saw, at the right edge. STOPPING and BOOTING last
// for two minutes, too short to be seen.
func (p *ganttChart) row(id string, sights []sight) {
	p.line("    section %s", id)
	status, since, note := zenlayer.StatusRunning, p.from, ""
	looks := map[string]string{zenlayer.StatusRunning: "crit", zenlayer.StatusStopped: "done"}
	add := func(until time.Time) {
		if look, ok := looks[status]; ok {
			p.line("    %s%s :%s, %s, %s", status, note, look, since.Format(ganttTime), until.Format(ganttTime))
		}
	}
	for _, s := range sights {
		i := slices.IndexFunc(s.doc.Instances, func(in power.Instance) bool { return in.ID == id })
		if i < 0 {
			continue
		}
		in := &s.doc.Instances[i]
		if in.Status != "" && in.Status != status {
			add(s.at)
			since, status, note = s.at, in.Status, ""
		}
		if in.KeepUntil != nil && status == zenlayer.StatusRunning {
			note = in.KeepUntil.Format(" (keep tag 2006-01-02T1504Z)")
		}
	}
	add(p.to)
}

// keepFile checks that a file is as wanted, or with -update writes it so.
func keepFile(t *testing.T, file string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if *update {
		err = os.WriteFile(file, want, 0o644)
	} else if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("%s is stale; go test ./statemachine -update writes it anew", file)
	}
	if err != nil {
		t.Error(err)
	}
}
