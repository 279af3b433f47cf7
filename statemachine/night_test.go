package statemachine

import (
	"bytes"
	"fmt"
	html "html/template"
	"os"
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// The picture of a night in the README is drawn from the documents of three runs: one
// that warns, the one that comes back to a kept machine, and a check. Those are carried
// out with the deployed definition and the rules of the functions.
func TestThePictureOfANightIsThatOfItsRuns(t *testing.T) {
	warning := time.Date(2026, 11, 24, 18, 45, 0, 0, time.UTC)
	keepEnds, check := warning.Add(3*time.Hour+15*time.Minute), warning.Add(8*time.Hour+15*time.Minute)
	n := &night{ids: []string{"web-01", "web-02", "build-01"}, kept: "build-01", until: keepEnds, asked: map[string]time.Time{}}
	req := runs.Request{Run: "schedule-1", Timeout: 30 * time.Minute, Warn: 15 * time.Minute, MaxInstances: 100, Target: runs.Target{InstanceIDs: n.ids}}
	first := n.carryOut(t, warning, requested(t, req, warning))
	second := n.carryOut(t, first.now, first.back)
	req.Run, req.Warn, req.CheckOnly = "schedule-2", 0, true
	third := n.carryOut(t, check, requested(t, req, check))

	var sights []sight
	for _, w := range []*world{first, second, third} {
		sights = append(sights, w.sights...)
	}
	if last := sights[len(sights)-1]; last.doc.Outcome != runs.OutcomeStopped || last.doc.Counts[power.AlreadyStopped] != 3 {
		t.Fatalf("the check ends %s: %s", last.doc.Outcome, last.doc.Summary)
	}
	p := nightPicture{Width: 980, Height: 178, Left: 90, Right: 960, from: warning.Add(-30 * time.Minute), to: check.Add(30 * time.Minute)}
	p.event(warning, "warned", "end")
	p.event(*sights[0].doc.StopAt, "stopped, but for the kept one", "start")
	p.event(keepEnds, "the kept one stopped", "start")
	p.event(check, "still off", "middle")
	for i, id := range n.ids {
		p.row(i, id, sights)
	}
	p.Rows[2].Note = &nightMark{X: p.x(*sights[0].doc.StopAt) + 8, Text: "keep tag: " + n.until.Format("2006-01-02T1504Z")}
	keepFile(t, "../docs/night.svg", p.draw(t))
}

// sight is a run document at the moment when a state of the workflow handed it on.
type sight struct {
	at  time.Time
	doc runs.Run
}

// nightPicture has what the template needs: places in pixels.
type nightPicture struct {
	Width, Height, Left, Right int
	Events                     []nightMark
	Rows                       []nightRow
	from, to                   time.Time
}

type nightMark struct {
	X            int
	Text, Anchor string
}

type nightRow struct {
	Y    int
	Name string
	Bars []nightBar
	Note *nightMark
}

type nightBar struct {
	X, Y, W, H int
	Status     string
}

func (p *nightPicture) x(at time.Time) int {
	return p.Left + int(float64(p.Right-p.Left)*float64(at.Sub(p.from))/float64(p.to.Sub(p.from)))
}

func (p *nightPicture) event(at time.Time, words, anchor string) {
	p.Events = append(p.Events, nightMark{p.x(at), at.Format("15:04") + " " + words, anchor})
}

// row draws a machine as the documents saw it. What it was before the first of them, it
// is at the left edge, and what the last one saw, at the right edge.
func (p *nightPicture) row(n int, id string, sights []sight) {
	row, at := nightRow{Y: 46 + 32*n, Name: id}, p.from
	status := zenlayer.StatusRunning
	const high = 18 // a bar goes down as the machine does
	heights := map[string]int{zenlayer.StatusRunning: high, zenlayer.StatusStopping: 12, zenlayer.StatusStopped: 6}
	add := func(until time.Time) {
		h := heights[status]
		row.Bars = append(row.Bars, nightBar{p.x(at), row.Y + high - h, max(2, p.x(until)-p.x(at)), h, status})
	}
	for _, s := range sights {
		i := slices.IndexFunc(s.doc.Instances, func(in power.Instance) bool { return in.ID == id })
		if i < 0 || s.doc.Instances[i].Status == "" || s.doc.Instances[i].Status == status {
			continue
		}
		add(s.at)
		at, status = s.at, s.doc.Instances[i].Status
	}
	add(p.to)
	p.Rows = append(p.Rows, row)
}

var nightTemplate = html.Must(html.New("").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}" height="{{.Height}}" role="img">
<title>A night:{{range $i, $e := .Events}}{{if $i}},{{end}} {{$e.Text}}{{end}}</title>
<style>
svg { font: 13px system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif; }
.ground { fill: #ffffff; } text { fill: #1a1a1a; } .event { stroke: #1a1a1a; stroke-dasharray: 4 3; } text.kept { fill: #ffffff; font-weight: 600; }
.RUNNING { fill: #b84f00; } .STOPPING { fill: #e69f00; } .STOPPED { fill: #0072b2; }
@media (prefers-color-scheme: dark) { .ground { fill: #161616; } text { fill: #ededed; } .event { stroke: #ededed; } .STOPPED { fill: #4aa8e0; } }
</style>
<rect class="ground" width="{{.Width}}" height="{{.Height}}"/>
{{range .Events}}<text x="{{.X}}" y="18" text-anchor="{{.Anchor}}">{{.Text}}</text><path class="event" d="M{{.X}} 24V138"/>
{{end}}{{range .Rows}}<text x="8" y="{{.Y}}" dy="14">{{.Name}}</text>
{{$y := .Y}}{{range .Bars}}<rect class="{{.Status}}" x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}"/>
{{end}}{{with .Note}}<text class="kept" x="{{.X}}" y="{{$y}}" dy="14">{{.Text}}</text>
{{end}}{{end}}<g transform="translate({{.Left}} 152)"><rect class="RUNNING" width="28" height="18"/><text x="34" y="14">RUNNING</text><rect class="STOPPING" x="120" y="6" width="28" height="12"/><text x="154" y="14">STOPPING, two minutes</text><rect class="STOPPED" x="320" y="12" width="28" height="6"/><text x="354" y="14">STOPPED</text></g>
</svg>
`))

func (p *nightPicture) draw(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := nightTemplate.Execute(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
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
