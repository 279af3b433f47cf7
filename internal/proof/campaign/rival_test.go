package campaign

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// rivalName is that of an execution that another event has started, and whose target has some
// of the same instances.
const rivalName = "rival"

// rival is such an execution: it asks for stops or starts of its own.
type rival struct {
	action  power.Action
	at      time.Duration // from the start of the story
	timeout time.Duration
	ids     []string
}

// rival reports whether the execution is the one of another event.
func (x *execution) rival() bool { return x.name == rivalName }

// drawRival lets another run have some of the plain instances in its target, most often for
// the opposite, while the run of the story is at work, or the one that starts again.
func (s *story) drawRival(c *rand.Rand) {
	if s.twist != plain || s.edge != "" || c.IntN(3) > 0 {
		return
	}
	from := s.deliveries[0] + s.warning()
	r := &rival{action: power.Start, at: pick(c, upTo(c, from+time.Minute), from+upTo(c, 2*time.Minute), from+upTo(c, s.timeout)), timeout: 2*time.Minute + upTo(c, 15*time.Minute)}
	if s.dawn != nil && c.IntN(2) == 0 {
		r.at = max(time.Second, s.dueIn()+upTo(c, 4*time.Minute)-2*time.Minute)
	}
	if s.starts() != (c.IntN(4) == 0) {
		r.action = power.Stop
	}
	for i := range s.fleet {
		m := &s.fleet[i]
		if len(m.quirks)+len(m.later) > 0 || len(r.ids) == 10 || c.IntN(2) > 0 {
			continue
		}
		m.StopTakes, m.BootTakes, m.quirks = upTo(c, 4*time.Minute), upTo(c, 4*time.Minute), []string{"contested"}
		r.ids = append(r.ids, m.ID)
	}
	if len(r.ids) > 0 {
		s.rival = r
	}
}

// compete carries the other run out.
func (s *session) compete(*rand.Rand) {
	pause(s.rival.at)
	ids := slices.DeleteFunc(slices.Clone(s.rival.ids), func(id string) bool { return s.members[id] == nil })
	if len(ids) == 0 {
		return // of a story that was shortened
	}
	s.note(rivalRun, "")
	run := runs.New(runs.Request{Action: s.rival.action, Name: rivalName, Target: runs.Target{InstanceIDs: ids}, Timeout: s.rival.timeout, MaxInstances: len(ids)}, time.Now())
	x := s.newExecution(rivalName, encode(run), nil, nil)
	s.spawn(func(chance *rand.Rand) { x.run(context.Background(), chance) })
}

// accountRival checks that the other run says what became of each of its instances.
func (j *judge) accountRival(x *execution) {
	if o := x.document.Outcome; !acted(o) {
		j.wrong("%s has the outcome %s: %s", x.name, o, x.document.Summary)
	}
	asked := map[string]bool{}
	for _, id := range j.world.rival.ids {
		asked[id] = j.world.members[id] != nil
	}
	j.accountRows(x, asked, func(*power.Instance, *execution) {})
}

// sentFor reports whether a function sent the request for the execution, or for another one of
// the same event.
func (w *world) sentFor(r request, x *execution) bool {
	by := w.executions[w.lambdas[r.sender].owner]
	return by != nil && by.root() == x.root()
}
