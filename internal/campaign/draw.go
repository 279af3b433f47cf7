package campaign

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/internal/sim"
)

// The tag by which a filter selects.
const (
	groupTag = "group"
	group    = "night"
)

const maxFleet = 1000

// draw makes the world of a seed.
func draw(seed uint64) *world {
	c := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a simulation must be repeatable by its seed
	w := &world{
		seed: seed, specs: map[string]sim.Instance{}, faults: map[string]int{}, quirks: map[string]int{}, odd: map[string][]string{}, workflow: map[int]bool{}, unheard: map[int]bool{},
		executions: map[string]bool{}, secret: sim.DefaultCredentials()[c.IntN(2)],
		timeout: time.Duration(pick(c, 2, 5, 10, 15, 15, 20, 20, 30, 60)) * time.Minute,
	}
	w.drawFleet(c)
	w.drawRequest(c)
	w.drawFaults(c)
	w.drawOutages(c)
	w.drawCrashes(c)
	return w
}

// drawFleet draws the instances: as many small fleets as large ones, and of three
// runs two with 200 at most, for time's sake.
func (w *world) drawFleet(c *rand.Rand) {
	n := int(math.Exp(c.Float64() * math.Log(float64(pick(c, maxFleet, 200, 200)+1))))
	w.filter = c.IntN(5) == 0
	share := pick(c, 0, 0.02, 0.1, 0.5)
	slowest := upTo(c, min(w.timeout/2, 10*time.Minute))
	w.scenario.Shuffle = c.IntN(2) == 0
	for i := range min(n, maxFleet) {
		in := sim.Instance{ID: fmt.Sprintf("i-%04d", i+1), StopTakes: upTo(c, slowest), Tags: map[string]string{groupTag: group}}
		if c.Float64() < share {
			w.spoil(&in, c)
		}
		w.asked = append(w.asked, in.ID)
		w.add(in)
	}
	for i := range c.IntN(5) {
		w.add(sim.Instance{ID: fmt.Sprintf("other-%d", i+1), Tags: map[string]string{groupTag: "day"}})
	}
}

func (w *world) add(in sim.Instance) {
	w.specs[in.ID] = in
	w.scenario.Instances = append(w.scenario.Instances, in)
}

// spoil gives an instance one quirk, sometimes two.
func (w *world) spoil(in *sim.Instance, c *rand.Rand) {
	for range 1 + c.IntN(4)/3 {
		q := quirks[c.IntN(len(quirks))]
		if w.filter && (q.name == "missing" || q.name == "appearsLater" || q.name == "absentAnswers" || q.name == "vanishes") {
			continue // a filter asks for what is listed when it is resolved
		}
		q.apply(in, c, w.timeout)
		w.quirks[q.name]++
		w.odd[in.ID] = append(w.odd[in.ID], q.name)
	}
	if in.AppearsAt > 0 {
		in.AbsentAnswers = 0 // after the time before it, absences would add up to what the contract believes
	}
}

// drawRequest draws the event.
func (w *world) drawRequest(c *rand.Rand) {
	limit := maxFleet
	detail := map[string]any{"timeoutMinutes": int(w.timeout / time.Minute), "reason": "campaign", "target": map[string]any{"instanceIds": w.asked}}
	if w.filter {
		detail["target"] = map[string]any{"filter": map[string]any{"tags": []map[string]string{{"key": groupTag, "value": group}}}}
	}
	switch c.IntN(25) {
	case 0:
		detail["dryRun"] = true
		w.expect = shutdown.OutcomePlanned
	case 1:
		if len(w.asked) > 5 && len(w.quirks) == 0 {
			limit = len(w.asked) - 1
			w.expect = shutdown.OutcomeRefused
		}
	}
	w.settings = trigger.Settings{MaxInstances: limit, Timeout: 30 * time.Minute, MaxEventAge: time.Hour, Zone: time.UTC, AlarmNamePrefix: "zenstop-"}
	source := pick(c, "zenstop", "zenstop.schedule")
	event, err := json.Marshal(map[string]any{
		"id": fmt.Sprintf("event-%d", w.seed), "source": source, "detail-type": "Stop Instances Requested",
		"time":   "2000-01-01T00:00:00Z", // when a bubble of testing/synctest begins
		"detail": detail,
	})
	if err != nil {
		panic(err) // texts and numbers only
	}
	w.event = event
	for range pick(c, 1, 1, 1, 2, 3, 10) {
		w.deliveries = append(w.deliveries, pick(c, 0, 0, 0, upTo(c, 5*time.Minute)))
	}
}

// drawFaults draws what Zenlayer answers wrongly: now and then all the time, or
// always for a while.
func (w *world) drawFaults(c *rand.Rand) {
	w.latency = pick(c, 0, 50*time.Millisecond, 500*time.Millisecond, 3*time.Second)
	if c.IntN(4) == 0 {
		return
	}
	for _, kind := range []sim.FaultKind{sim.Throttle, sim.Unavailable, sim.Challenge, sim.TimeOut, sim.LostAnswer, sim.NoResponse, sim.CutBody, sim.ShortPage} {
		if c.IntN(3) != 0 {
			continue
		}
		f := sim.Fault{Kind: kind, Action: pick(c, "", sim.ActionStop, sim.ActionDescribe)}
		if kind == sim.Unavailable || kind == sim.TimeOut || kind == sim.NoResponse {
			f.TakesEffect = c.IntN(2) == 0
		}
		if kind == sim.Throttle || kind == sim.Unavailable {
			f.RetryAfter = pick(c, 0, 0, upTo(c, 10*time.Second), upTo(c, 2*time.Minute))
		}
		if c.IntN(2) == 0 {
			f.Probability = 0.01 + 0.1*c.Float64()
		} else {
			o := w.outage(c)
			f.From, f.Until, f.Probability = o.from, o.until, pick(c, 0, 0.5)
		}
		w.scenario.Faults = append(w.scenario.Faults, f)
	}
}

// outage is a time that ends before the deadline, most often well before it.
func (w *world) outage(c *rand.Rand) window {
	from := pick(c, 0, 0, time.Duration(c.Int64N(int64(w.timeout/2))))
	until := from + upTo(c, pick(c, time.Minute, w.timeout/4, w.timeout*9/10-from))
	w.calm = max(w.calm, until)
	return window{from, until}
}

// drawOutages draws what cannot be reached at all, and what ends a run early.
func (w *world) drawOutages(c *rand.Rand) {
	for _, at := range []*[]window{&w.unreachable, &w.lambdaDown, &w.secretless} {
		if c.IntN(8) == 0 {
			*at = append(*at, w.outage(c))
		}
	}
	switch c.IntN(30) {
	case 0:
		w.hopeless = true
		w.unreachable = append(w.unreachable, window{time.Duration(c.Int64N(int64(w.timeout))), 48 * time.Hour})
	case 1:
		w.hopeless = true
		w.revokeAt = upTo(c, w.timeout)
	case 2, 3:
		w.rotateAt = upTo(c, w.timeout)
		w.calm = max(w.calm, w.rotateAt)
	}
	w.failNotices = pick(c, 0, 0, 0.5, 1)
}

// drawCrashes draws where processes end, and what the services lose.
func (w *world) drawCrashes(c *rand.Rand) {
	for range pick(c, 0, 0, 1, 3) {
		w.crashAt = append(w.crashAt, crash{stop: c.IntN(2) == 0, after: c.IntN(2) == 0, call: 1 + c.IntN(12)})
	}
	w.loseResults = pick(c, 0, 0, 0, 1, 3)
	w.startsToFail = pick(c, 0, 0, 0, 0, 1, 2)
}
