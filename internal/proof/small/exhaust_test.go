package small

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/audit"
	"zenstop/internal/runs"
	"zenstop/statemachine"
)

var (
	whole   = flag.Bool("whole", false, "walk the large worlds: up to six looks, and faults")
	sorts   = flag.Bool("sorts", false, "of the large worlds, answer with one letter of each sort")
	faults  = flag.Int("faults", 1, "how often a call of a function may be lost or not made in a run of a large world")
	longest = flag.Duration("longest", 10*time.Minute, "how long each world is walked at most")
)

func TestMain(m *testing.M) {
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// workflow is the definition that is deployed.
func workflow(t *testing.T) *asl.Machine {
	t.Helper()
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// newWorld is the world of a run of these instances.
func newWorld(t *testing.T, name string, req runs.Request, ids ...string) *world {
	t.Helper()
	machine := workflow(t)
	req.Name, req.Target.InstanceIDs, req.MaxInstances = "request-1", ids, len(ids)
	input, err := json.Marshal(runs.New(req, begins))
	if err != nil {
		t.Fatal(err)
	}
	return &world{name: name, input: input, ids: ids, answers: answers(), replies: replies(), machine: machine, longest: 80}
}

// with is the world in which Zenlayer says no more than these.
func (w *world) with(answers []answer, replies []reply) *world {
	w.answers, w.replies = answers, replies
	return w
}

// worlds are those that are walked: each has a run of one instance, or two, and ends after so much
// time, in which it looks up to six times where whole is set, and two or three times else.
func worlds(t *testing.T, whole bool) []*world {
	t.Helper()
	looks := func(few, many time.Duration) time.Duration {
		if whole {
			return many
		}
		return few
	}
	at := begins.Add(time.Hour)
	stop, start := runs.Request{Action: power.Stop, Timeout: looks(10*time.Second, time.Minute)}, runs.Request{Action: power.Start, Timeout: looks(20*time.Second, 90*time.Second)}
	with := func(req runs.Request, change func(*runs.Request)) runs.Request {
		change(&req)
		return req
	}
	startLetters, warnedLetters := answers(), answers()
	if !whole { // with two plans, or two instances, the number of states is squared
		startLetters = slices.DeleteFunc(answers(), func(a answer) bool { // a start looks over a longer time, and heeds no keep tag
			return a.tag == kept || slices.Contains([]string{"not found", "does not add up", "throttled", "no permission", "STOPPED, tags unreadable"}, a.name)
		})
		warnedLetters = few()
	}
	all := []*world{
		newWorld(t, "a stop", stop, "a"),
		newWorld(t, "a start", start, "a").with(startLetters, replies()),
		newWorld(t, "a check", with(stop, func(r *runs.Request) { r.CheckOnly = true }), "a"),
		newWorld(t, "a dry run", with(stop, func(r *runs.Request) { r.DryRun = true }), "a"),
		newWorld(t, "a stop that is started again", with(stop, func(r *runs.Request) { r.StartAt = &at }), "a"),
		newWorld(t, "a warned stop", with(stop, func(r *runs.Request) { r.Warn, r.Timeout = 2*time.Minute, looks(5*time.Second, 30*time.Second) }), "a").with(warnedLetters, replies()),
		// A run asks again half a minute after a request without an answer, and two minutes after one that was accepted.
		newWorld(t, "a stop that asks again", with(stop, func(r *runs.Request) { r.Timeout = looks(80*time.Second, 2*time.Minute) }), "a").with(these("RUNNING", "STOPPED", "RUNNING, protected"), replies()[:2]),
		newWorld(t, "a stop of a kept one", with(stop, func(r *runs.Request) { r.Timeout = looks(2*time.Minute, 3*time.Minute) }), "a").with(these("RUNNING", "RUNNING, kept", "STOPPED"), replies()[:1]),
		newWorld(t, "a stop that never works", with(stop, func(r *runs.Request) { r.Timeout = 15 * time.Minute }), "a").with(these("RUNNING"), replies()[:2]),
		newWorld(t, "a stop that is rejected", with(stop, func(r *runs.Request) { r.Timeout = 10 * time.Minute }), "a").with(these("RUNNING"), slices.Concat(replies()[3:4], replies()[5:6])),
		newWorld(t, "a stop of two", stop, "a", "b").with(these("RUNNING", "STOPPED", "RUNNING, protected", "absent"), replies()[:4]),
	}
	if whole {
		for _, w := range all {
			if w.faults = *faults; *sorts && len(w.answers) > len(oneOfEach()) {
				w.answers = oneOfEach()
			}
		}
	}
	return all
}

// oneOfEach are a letter of each sort of answer that a rule tells from the others.
func oneOfEach() []answer {
	return these("RUNNING", "STOPPING", "STOPPED", "BOOTING", "RECYCLE", "RUNNING, protected", "RUNNING, kept", "STOPPED, tags unreadable", "absent", "rejected", "not the API")
}

// few are a letter of each sort that matters to a run whose number of states would be too large.
func few() []answer {
	return these("RUNNING", "STOPPED", "RUNNING, protected", "RUNNING, kept", "not the API")
}

// these are the letters with these names.
func these(names ...string) []answer {
	return slices.DeleteFunc(answers(), func(a answer) bool { return !slices.Contains(names, a.name) })
}

// TestNoAnswerMakesARunLie walks each world, and then the runs that come after it. make exhaust
// walks the large ones.
func TestNoAnswerMakesARunLie(t *testing.T) {
	all, applied, walked := worlds(t, *whole), map[string]int{}, 0
	for i := 0; i < len(all); i++ {
		w := all[i]
		t.Run(w.name, func(t *testing.T) {
			walked++
			w.until = time.Now().Add(*longest)
			tally := w.walk()
			t.Log(tally.row(w.name))
			told := map[string]bool{}
			for _, f := range tally.Findings {
				kind, _, _ := strings.Cut(f, "\n")
				if kind = kind[:min(len(kind), 40)]; !told[kind] {
					told[kind] = true
					t.Error(f)
				}
			}
			if tally.Ends == 0 || tally.Broken && !*whole {
				t.Errorf("%s was walked to %d ends, broken off: %v", w.name, tally.Ends, tally.Broken)
			}
			for rule, n := range tally.Rules {
				applied[rule] += n
			}
		})
		for _, name := range slices.Sorted(maps.Keys(w.further)) {
			next := newWorld(t, w.name+", and then "+strings.TrimPrefix(name, "request-1"), runs.Request{Action: power.Stop}, w.ids...)
			if next.with(w.answers, w.replies); !*whole {
				next.with(these("RUNNING", "STOPPED", "RUNNING, protected"), w.replies[:1])
			}
			next.begins, next.faults = w.further[name], w.faults
			if *whole || strings.Count(name, "-") < 4 {
				all = append(all, next)
			}
		}
	}
	for _, rule := range audit.Rules() {
		t.Logf("%9d times: %s", applied[rule], rule)
		if applied[rule] == 0 && walked == len(all) {
			t.Errorf("no run of the small world came to the rule %q", rule)
		}
	}
}

// row is a line of the table.
func (t *tally) row(name string) string {
	depth := strconv.Itoa(t.Deepest)
	if t.Broken {
		depth += ", not walked to its end"
	}
	return fmt.Sprintf("%-40s %8d states %9d behaviours %8d ends %9d verdicts %7d requests, deepest %s, %s", name, t.States, t.Behaviours, t.Ends, t.Judged, t.Requests, depth, t.Took.Round(time.Second/10))
}
