package small

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// machine is one that does what it is asked for, when it likes.
type machine struct {
	status string
	tag    tag
}

// moves lets it come to the end of what it is doing.
func (m *machine) moves() {
	if to, ok := map[string]string{"STOPPING": "STOPPED", "BOOTING": "RUNNING"}[m.status]; ok {
		m.status = to
	}
}

// asked is a request that reaches it.
func (m *machine) asked(w power.Way) reply {
	if m.status != w.From {
		return reply{name: "not in that status", err: coded(http.StatusForbidden, w.NotFrom)}
	}
	m.status = w.Through
	return reply{name: "accepted", lands: true, takes: true}
}

// shows answers DescribeInstances as the machine is: it may have come to an end just before.
func (p *play) shows(id string) (zenlayer.Page, error) {
	if moving := p.truth.status == "STOPPING" || p.truth.status == "BOOTING"; moving && p.choose(2) == 1 {
		p.truth.moves()
	}
	if p.short() {
		return zenlayer.Page{}, errShort
	}
	a := answer{name: p.truth.status, status: p.truth.status, tag: p.truth.tag}
	p.said = append(p.said, a.name)
	p.models[0].see(a, p.now, *p.way())
	return zenlayer.Page{TotalCount: 1, Instances: []zenlayer.Instance{rowOf(id, a)}}, nil
}

// couple is two runs of one machine.
type couple struct {
	worlds [2]*world
	runs   [2]*node // nil: it has ended
	truth  machine
	now    time.Duration
}

// slow is how much later than it is due a call may be made, so that the other run is first.
const slow = 10 * time.Second

// walkTwo walks two runs of one machine in every order of their calls, and returns how many states
// there were, and how many ends of both.
func walkTwo(t *testing.T, first couple) (states, ends int) {
	t.Helper()
	met := map[string]bool{}
	for queue := []couple{first}; len(queue) > 0; {
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if c.runs[0] == nil && c.runs[1] == nil {
			ends++
			continue
		}
		for who, n := range c.runs {
			other := c.runs[1-who]
			if n == nil || other != nil && n.now > max(other.now, c.now)+slow {
				continue // the other one is due long before
			}
			late := *n
			late.now = max(n.now, c.now)
			c.worlds[who].ways(&late, &c.truth, func(p *play, next *node) {
				for _, f := range p.findings {
					t.Error(f)
				}
				after := c
				after.truth, after.now, after.runs[who] = *p.truth, late.now, next
				if next == nil {
					after.goOn(who, p.further)
				}
				if key := after.key(); !met[key] {
					met[key] = true
					states++
					queue = append(queue, after)
				}
			})
			if t.Failed() {
				return states, ends
			}
		}
	}
	return states, ends
}

// goOn lets a run that comes after one that has ended take its place.
func (c *couple) goOn(who int, all map[string]further) {
	for _, of := range all {
		w := c.worlds[who].like()
		w.input, w.from = of.input, of.from
		c.worlds[who] = w
		c.runs[who] = &node{input: of.input, now: of.from, models: make([]model, 1)}
	}
}

// like is a world with the same run of which nothing was met yet.
func (w *world) like() *world {
	return &world{name: w.name, input: w.input, ids: w.ids, machine: w.machine, longest: w.longest, tally: tally{Rules: map[string]int{}}}
}

func (c *couple) key() string {
	key := fmt.Sprintf("%+v", c.truth)
	for who, n := range c.runs {
		if n == nil {
			key += "; ended"
			continue
		}
		at := *n
		at.now = max(c.now, n.now)
		key += fmt.Sprintf("; %x, in %s", c.worlds[who].key(&at), n.now-c.now)
	}
	return key
}

// A stop and a start of the same machine, two stops, a kept machine and a request: whichever of
// two runs comes first each time, neither says what it has not seen, and both end.
func TestNoOrderOfTwoRunsOfOneMachineMakesOneLieOrRunForEver(t *testing.T) {
	stop, start := runs.Request{Action: power.Stop, Timeout: 70 * time.Second}, runs.Request{Action: power.Start, Timeout: 70 * time.Second}
	at := begins.Add(100 * time.Second)
	back, check := stop, stop
	back.StartAt, check.CheckOnly = &at, true
	for name, c := range map[string]struct {
		one, two runs.Request
		machine  machine
	}{
		"a stop and a start":                        {stop, start, machine{status: "RUNNING"}},
		"a stop and a start of one that is off":     {stop, start, machine{status: "STOPPED"}},
		"two stops":                                 {stop, stop, machine{status: "RUNNING"}},
		"two starts":                                {start, start, machine{status: "STOPPED"}},
		"a check and a start":                       {check, start, machine{status: "STOPPED"}},
		"a stop of a kept one and a start":          {stop, start, machine{status: "RUNNING", tag: kept}},
		"two stops of a kept one":                   {stop, stop, machine{status: "RUNNING", tag: kept}},
		"a stop that starts again and a stop":       {back, stop, machine{status: "RUNNING"}},
		"a stop that starts again and a start":      {back, start, machine{status: "RUNNING"}},
		"a protected one that both have":            {stop, start, machine{status: "RUNNING", tag: protected}},
		"one that starts when both come":            {stop, start, machine{status: "BOOTING"}},
		"one that stops when both come":             {stop, start, machine{status: "STOPPING"}},
		"two stops of one that starts at this time": {stop, stop, machine{status: "BOOTING"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := couple{truth: c.machine}
			for who, req := range []runs.Request{c.one, c.two} {
				w := newWorld(t, fmt.Sprintf("%s: run %d", name, who+1), req, "a").like()
				first.worlds[who] = w
				first.runs[who] = &node{input: w.input, models: make([]model, 1)}
			}
			states, ends := walkTwo(t, first)
			if ends == 0 {
				t.Error("no order comes to its end")
			}
			t.Logf("%d states, %d ends of both", states, ends)
		})
	}
}
