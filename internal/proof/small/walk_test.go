package small

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/audit"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// begins is when each run starts.
var begins = time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)

// world is what is walked.
type world struct {
	name    string
	input   []byte        // the first document
	from    time.Duration // when the execution begins
	ids     []string
	answers []answer
	replies []reply
	faults  int // how often a call of a function may be lost, or not be made
	machine *asl.Machine
	longest int       // calls of functions until a run must have ended
	until   time.Time // when the walk is broken off

	mu      sync.Mutex // of what follows
	met     map[string]bool
	tally   tally
	further map[string][]*further // the runs that come after, by their names, as they begin
	begins  []*further            // the runs that are walked; none: that of input and from
}

// mostBegins is how many beginnings of a run that comes after are walked, in a world that is not
// walked whole.
const mostBegins = 6

// further is a run that comes after.
type further struct {
	input []byte
	from  time.Duration
}

// tally is what a walk has come to.
type tally struct {
	States     int // that differ, at the calls of functions
	Behaviours int // ways from one of them to the next, or to an end
	Ends       int
	Deepest    int // calls of functions in a run
	Broken     bool
	Levels     []int // states at each depth
	Took       time.Duration
	Rules      map[string]int // how often each rule of the judge of histories was applied
	Judged     int            // verdicts that the model judged
	Requests   int            // requests that it judged
	Findings   []string
}

// node is a run at the moment before it calls a function.
type node struct {
	root      *further // how the run began; nil: as the world says
	before    *node
	state     string
	input     []byte
	variables map[string]any
	now       time.Duration
	models    []model
	faults    int
	depth     int
	steps     []audit.Step // since the node before
	said      string       // what led from there to here
}

// walk walks the whole world, with as many workers as there are processors. It goes no deeper than
// what it finds, so that the ways it tells are the shortest.
func (w *world) walk() tally {
	began := time.Now()
	w.met, w.further, w.tally.Rules = map[string]bool{}, map[string][]*further{}, map[string]int{}
	if w.begins == nil {
		w.begins = []*further{{input: w.input, from: w.from}}
	}
	var level []*node
	for _, of := range w.begins {
		level = append(level, w.expand(&node{root: of, input: of.input, now: of.from, models: make([]model, len(w.ids))})...)
	}
	for len(level) > 0 && !w.tally.Broken && len(w.tally.Findings) == 0 {
		var next []*node
		var mu sync.Mutex
		var all sync.WaitGroup
		queue := make(chan *node)
		for range runtime.GOMAXPROCS(0) {
			all.Go(func() {
				for n := range queue {
					if time.Now().After(w.until) {
						w.broken()
						continue
					}
					more := w.expand(n)
					mu.Lock()
					next = append(next, more...)
					mu.Unlock()
				}
			})
		}
		for _, n := range level {
			queue <- n
		}
		close(queue)
		all.Wait()
		w.tally.Levels = append(w.tally.Levels, len(level))
		level = next
	}
	w.tally.Took = time.Since(began)
	return w.tally
}

func (w *world) broken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.Broken = true
}

// expand carries the run on from the node to the next call of a function, or to its end, in every
// way that there is, and returns the nodes that were not met before.
func (w *world) expand(n *node) []*node {
	var fresh []*node
	w.ways(n, nil, func(p *play, next *node) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.tally.Behaviours++
		w.tally.Findings = append(w.tally.Findings, p.findings...)
		w.tally.Judged += p.judged
		w.tally.Requests += p.requests
		for name, of := range p.further {
			if key := name + w.key(&node{input: of.input, now: of.from}); !w.met[key] && (*whole || len(w.further[name]) < mostBegins) {
				w.met[key] = true
				w.further[name] = append(w.further[name], &of)
			}
		}
		if next != nil {
			if key := w.key(next); !w.met[key] {
				w.met[key] = true
				w.tally.States++
				w.tally.Deepest = max(w.tally.Deepest, next.depth)
				fresh = append(fresh, next)
			}
		}
	})
	return fresh
}

// ways plays each way from the node to the next, and hands it on; next is nil where the run ends.
// With a machine its answers are those of the machine, and else any.
func (w *world) ways(n *node, m *machine, each func(p *play, next *node)) {
	for choices := [][]int{{}}; len(choices) > 0; {
		some := choices[len(choices)-1]
		choices = choices[:len(choices)-1]
		p := &play{world: w, from: n, choices: some}
		if m != nil {
			truth := *m
			p.truth = &truth
		}
		next, options := p.carry()
		for i := range options {
			choices = append(choices, append(slices.Clone(some), i))
		}
		if options == 0 {
			each(p, next)
		}
	}
}

// play is one way from a node to the next.
type play struct {
	*world
	from    *node
	choices []int
	taken   int
	options int // how many there were where no choice was left; 0: there always was one
	models  []model
	now     time.Duration
	faults  int
	said    []string
	left    bool // the state of the node
	record  cloud.Record
	further map[string]further
	truth   *machine // nil: Zenlayer may answer anything

	unheeded            bool // the call that is under way returns nothing
	deadline, notBefore time.Duration
	findings            []string
	judged, requests    int
}

// begin is how the run began.
func (p *play) begin() *further {
	if p.from.root != nil {
		return p.from.root
	}
	return &further{p.input, p.world.from}
}

// choose is the choice that is made here. In a call of which nobody hears, none matters.
func (p *play) choose(options int) int {
	if p.unheeded {
		return 0
	}
	if p.taken < len(p.choices) {
		p.taken++
		return p.choices[p.taken-1]
	}
	if p.options == 0 {
		p.options = options
	}
	return 0
}

// short reports whether a choice was missing, so that nothing counts any more.
func (p *play) short() bool { return p.options > 0 }

func (p *play) find(format string, args ...any) {
	p.findings = append(p.findings, fmt.Sprintf(format, args...)+"\n"+p.story())
}

// story tells what led here.
func (p *play) story() string {
	lines := []string{strings.Join(p.said, "; ")}
	for n := p.from; n != nil; n = n.before {
		lines = append(lines, fmt.Sprintf("%s %s: %s", n.now, n.state, n.said))
	}
	slices.Reverse(lines)
	return p.name + "\n  " + strings.Join(lines, "\n  ")
}

// pause ends a part of a run before a call of a function. No state catches it.
var pause = &asl.Failure{Error: "States.Runtime", Cause: "the walk goes on from here later"}

func (p *play) carry() (next *node, options int) {
	p.models, p.now, p.faults, p.further = slices.Clone(p.from.models), p.from.now, p.from.faults, map[string]further{}
	now := begins.Add(p.now)
	services := cloud.AWS{Machine: p.machine, Env: cloud.Alone(&now), Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
		if p.left || p.from.state == "" {
			return nil, pause
		}
		p.now = now.Sub(begins)
		return p.call(ctx, function, payload)
	}}
	services.Env.Chance = func() float64 { return 0 } // a repetition comes at once, so that fewer states differ in their times alone
	services.Start = func(name string, input []byte) *asl.Failure {
		p.further[name] = further{input: slices.Clone(input), from: now.Sub(begins)}
		return nil
	}
	services.Env.Task = func(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
		p.record.Tries(resource, a)
		if isWarning := strings.HasPrefix(a.Text("Subject"), "zenstop will stop"); isWarning && p.choose(2) == 1 {
			return nil, &asl.Failure{Error: "Sns.InternalErrorException", Cause: "try again"}
		}
		return services.Task(ctx, resource, a)
	}
	services.Env.Left = func(s asl.Step) {
		p.left = true
		p.record.Left(s, now)
	}
	var run runs.Run
	if err := json.Unmarshal(p.begin().input, &run); err != nil {
		panic(err) // the walk made it
	}
	end, err := p.machine.Run(context.Background(), services.Env, asl.Execution{
		Name: run.Name, ID: cloud.ExecutionARN(run.Name), Machine: cloud.Machine,
		Input: p.from.input, From: p.from.state, Variables: p.from.variables,
	})
	p.now = now.Sub(begins)
	switch {
	case p.short():
		return nil, p.options
	case err != nil:
		panic(err) // nobody ends the context
	case end.Cause == pause.Cause:
		if p.from.depth > p.longest {
			p.find("the run goes on after %d calls", p.from.depth)
			return nil, 0
		}
		return &node{p.from.root, p.from, end.State, end.Input, end.Variables, p.now, p.models, p.faults, p.from.depth + 1, p.record.Steps, strings.Join(p.said, "; ")}, 0
	}
	p.ended(run.Name, end)
	return nil, 0
}

// call is a call of a function.
func (p *play) call(ctx context.Context, function string, payload []byte) ([]byte, *asl.Failure) {
	var report struct{ Report json.RawMessage }
	_ = json.Unmarshal(payload, &report) // a document has no such member
	ending := returns
	if report.Report == nil && p.faults < p.world.faults {
		if ending = outcome(p.choose(int(endings))); ending != returns {
			p.faults++
			p.said = append(p.said, ending.String())
		}
	}
	if p.short() || ending == throttled {
		return nil, &asl.Failure{Error: "Lambda.TooManyRequestsException", Cause: "Rate Exceeded."}
	}
	before := slices.Clone(p.models)
	var given runs.Run
	if report.Report == nil {
		given = documentOf(payload)
		p.deadline, p.notBefore = given.Deadline.Sub(begins), notBefore(&given)
	}
	for i := range p.models {
		if p.models[i].fresh = false; given.StopAt != nil && p.now >= p.notBefore && !p.models[i].anew {
			p.models[i].planAnew()
		}
	}
	runner := runs.Runner{
		API: p, Rules: power.Rules{ProtectTagKey: "zenstop-protect", KeepTagKey: "zenstop-keep-until", Zone: time.UTC}, Now: func() time.Time { return begins.Add(p.now) },
	}
	stop := handler.Stop{Runner: runner}
	stop.Trigger.MaxInstances = 100
	p.unheeded = ending == lost
	result, failure := cloud.Answer(cloud.Call(ctx, stop, function, payload))
	p.unheeded = false
	if p.short() || report.Report != nil {
		return result, failure
	}
	if ending == lost || failure != nil {
		p.unheard(before, &given, ending == lost)
		if ending == lost {
			return nil, &asl.Failure{Error: "Lambda.SdkClientException", Cause: "Read timed out."}
		}
		return nil, failure
	}
	p.judge(&given, result)
	return result, nil
}

// unheard takes back what a function has learned that returned nothing. A round of requests may
// have named all that were due.
func (p *play) unheard(before []model, given *runs.Run, lost bool) {
	p.models = before
	for i := range given.Instances {
		if in := &given.Instances[i]; lost && given.Next == runs.NextStop && in.Verdict == power.Open {
			m := &p.models[slices.Index(p.ids, in.ID)]
			m.maybe = true
		}
	}
}

// judge holds what a call has returned against the answers.
func (p *play) judge(given *runs.Run, result []byte) {
	var run runs.Run
	if err := json.Unmarshal(result, &run); err != nil {
		p.find("a call returns no document: %v", err)
		return
	}
	was := map[string]power.Verdict{}
	for i := range given.Instances {
		was[given.Instances[i].ID] = given.Instances[i].Verdict
	}
	w, provisional := run.Action.Way(), run.Outcome == runs.OutcomePlanned || run.Outcome == runs.OutcomeRefused
	for i := range run.Instances {
		in := &run.Instances[i]
		m := &p.models[slices.Index(p.ids, in.ID)]
		if in.Requests != m.asked {
			p.find("%s was asked for %d times, and the document says %d", in.ID, m.asked, in.Requests)
		}
		if provisional {
			continue
		}
		deadline := run.Deadline.Sub(begins)
		round := given.Next == runs.NextStop
		if asks := !round && run.Next == runs.NextStop || given.Memory.Warn > 0 || run.CheckOnly; in.Verdict == power.Open && !asks && m.mustAsk(p.now, deadline, p.notBefore, *w) {
			p.find("%s is %s and untouched, and the run goes to %q", in.ID, m.status, run.Next)
		}
		m.tried = m.tried || round // one that learns nothing is repeated after a while
		if in.Verdict == power.Open && run.Planned && !run.CheckOnly && !given.Memory.Idle && m.isSurelyThere(*w) {
			p.find("%s has no verdict after %d answers that showed it %s", in.ID, m.count, m.status)
		}
		if in.Verdict == was[in.ID] || in.Verdict == power.Open {
			continue
		}
		p.judged++
		if why := m.bears(in.Verdict, in.Note, p.now, deadline, *w, run.CheckOnly); why != "" {
			p.find("%s is %s (%s), and "+why, in.ID, in.Verdict, in.Note)
		}
	}
}

// ended judges a run that has ended, by its history too.
func (p *play) ended(name string, end asl.End) {
	h := audit.History{Name: name, Machine: cloud.Machine, Input: p.begin().input, Started: begins.Add(p.begin().from)}
	for n := p.from; n != nil; n = n.before {
		h.Steps = slices.Concat(n.steps, h.Steps)
	}
	h.Steps = append(h.Steps, p.record.Steps...)
	record := cloud.Record{History: h}
	record.End(end, nil, begins.Add(p.now))
	j := audit.Judge(record.History, nil)
	for _, f := range j.Findings {
		p.find("the history does not bear: %s", f)
	}
	var run runs.Run
	if err := json.Unmarshal(end.Input, &run); err != nil {
		p.find("the run ends without a document: %v", err)
		return
	}
	p.reported(&run)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.Ends++
	for rule, n := range j.Applied {
		p.tally.Rules[rule] += n
	}
}

// reported checks the report against the answers.
func (p *play) reported(run *runs.Run) {
	if run.Outcome != runs.OutcomeStopped && run.Outcome != runs.OutcomeStarted && run.Outcome != runs.OutcomeFailed {
		return
	}
	w := run.Action.Way()
	if len(run.Instances) != len(p.ids) {
		p.find("the report has %d instances", len(run.Instances))
	}
	for i := range run.Instances {
		in := &run.Instances[i]
		m := &p.models[slices.Index(p.ids, in.ID)]
		blind := slices.ContainsFunc(run.Notes, func(n string) bool {
			return strings.HasPrefix(n, "The last look") || strings.HasPrefix(n, "The run could not go on")
		})
		switch {
		case in.Verdict == power.Open:
			p.find("%s has no verdict", in.ID)
		case in.Verdict.Reached() && m.rows.status != w.To && !blind:
			p.find("%s is %s, and the newest answer said something else: %+v", in.ID, in.Verdict, *m)
		}
	}
}

// Describe answers DescribeInstances. It is of [runs.API].
func (p *play) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	if p.truth != nil {
		return p.shows(ids[0])
	}
	page := zenlayer.Page{TotalCount: len(ids)}
	letters := make([]answer, len(ids))
	for i := range ids {
		if p.short() {
			return page, errShort
		}
		if letters[i] = p.answers[p.choose(len(p.answers))]; len(ids) > 1 && letters[i].err != nil {
			letters = []answer{letters[i]} // the call fails for all
			break
		}
	}
	if p.short() {
		return page, errShort
	}
	at := p.now
	for i, a := range letters {
		p.said = append(p.said, a.name)
		if a.err == nil || len(ids) == 1 {
			p.models[slices.Index(p.ids, ids[i])].see(a, at, *p.way())
		}
		switch {
		case a.err != nil:
			return zenlayer.Page{}, a.err
		case a.sort == silent:
			page.TotalCount++
		case a.sort == absent:
			page.TotalCount--
		default:
			page.Instances = append(page.Instances, rowOf(ids[i], a))
		}
	}
	return page, nil
}

var errShort = coded(500, "")

func rowOf(id string, a answer) zenlayer.Instance {
	row := zenlayer.Instance{ID: id, Status: a.status}
	switch a.tag {
	case protected:
		row.Tags = []zenlayer.Tag{{Key: "zenstop-protect"}}
	case kept:
		row.Tags = []zenlayer.Tag{{Key: "zenstop-keep-until", Value: begins.Add(keptFor).Format(time.RFC3339)}}
	case untagged:
	}
	if a.sort == unreadable {
		row.Unreadable = "tags"
	}
	return row
}

// List is not asked: the runs of this world name their instances.
func (p *play) List(context.Context, zenlayer.Filter, int, int) (zenlayer.Page, error) {
	return zenlayer.Page{}, errShort
}

// Ask answers StopInstances and StartInstances.
func (p *play) Ask(_ context.Context, action zenlayer.Action, ids []string) error {
	if p.short() {
		return errShort
	}
	r := p.reply()
	if p.short() {
		return errShort
	}
	p.said = append(p.said, string(action)+" "+r.name)
	w := p.way()
	if action != w.Call {
		p.find("%s is called in a run that is to %s", action, w.Call)
	}
	for _, id := range ids {
		m := &p.models[slices.Index(p.ids, id)]
		p.requests++
		if why := m.mayAsk(p.now, p.deadline, p.notBefore, *w); why != "" {
			p.find("%s names %s, "+why, action, id)
		}
		m.fresh, m.tried, m.malformed = false, true, m.malformed || r.name == "id malformed"
		switch {
		case r.takes:
			m.asked, m.accepted = m.asked+1, p.now
		case r.lands:
			m.maybe = true
		}
	}
	return r.err
}

// reply is what comes of a request.
func (p *play) reply() reply {
	if p.truth != nil {
		return p.truth.asked(*p.way())
	}
	return p.replies[p.choose(len(p.replies))]
}

func (p *play) way() *power.Way {
	var run struct{ Action power.Action }
	_ = json.Unmarshal(p.begin().input, &run) // the walk made it
	return run.Action.Way()
}

// documentOf is the run document of a call.
func documentOf(payload []byte) runs.Run {
	var call struct{ Plan, Stop json.RawMessage }
	var run runs.Run
	_ = json.Unmarshal(payload, &call) // a document has no such members
	for _, text := range [][]byte{call.Plan, call.Stop, payload} {
		if len(text) > 0 && json.Unmarshal(text, &run) == nil {
			return run
		}
	}
	return run
}

// notBefore is when a run may ask at the earliest.
func notBefore(run *runs.Run) time.Duration {
	switch {
	case run.Action == power.Start && run.StartAt != nil:
		return run.StartAt.Sub(begins)
	case run.StopAt != nil:
		return run.StopAt.Sub(begins)
	}
	return 0
}
