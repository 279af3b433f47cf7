package statemachine

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"zenstop/internal/shutdown"
)

// template is the part of template.yaml that the definition depends on. The
// decoder leaves CloudFormation's own tags (!Ref and so on) alone.
type template struct {
	Parameters map[string]struct {
		MaxValue int `yaml:"MaxValue"`
	} `yaml:"Parameters"`
	Globals struct {
		Function struct {
			Timeout int `yaml:"Timeout"`
		} `yaml:"Function"`
	} `yaml:"Globals"`
	Resources map[string]struct {
		Type       string `yaml:"Type"`
		Properties struct {
			Timeout                 int                  `yaml:"Timeout"`
			DefinitionURI           string               `yaml:"DefinitionUri"`
			DefinitionSubstitutions map[string]yaml.Node `yaml:"DefinitionSubstitutions"`
		} `yaml:"Properties"`
	} `yaml:"Resources"`
}

func loadTemplate(t *testing.T) template {
	t.Helper()
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tpl template
	if err := yaml.Unmarshal(text, &tpl); err != nil {
		t.Fatal(err)
	}
	return tpl
}

func TestEverySubstitutionIsGivenAndUsed(t *testing.T) {
	tpl := loadTemplate(t)
	workflow := tpl.Resources["StopWorkflow"]
	if workflow.Properties.DefinitionURI != "statemachine/stop-instances.asl.json" {
		t.Errorf("StopWorkflow deploys %q", workflow.Properties.DefinitionURI)
	}
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{([^}]*)\}`).FindAllStringSubmatch(string(definition), -1) {
		used[match[1]] = true
	}
	if got, want := slices.Sorted(maps.Keys(workflow.Properties.DefinitionSubstitutions)), slices.Sorted(maps.Keys(used)); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("the template gives the substitutions %v, the definition uses %v", got, want)
	}
}

// attempt is the time of one call of Zenlayer, zenlayer.Config.Timeout; the
// campaign sees it at work.
const attempt = 8 * time.Second

func TestTimeoutsNest(t *testing.T) {
	tpl, m := loadTemplate(t), load(t)
	function := time.Duration(tpl.Globals.Function.Timeout) * time.Second
	if function <= 2*attempt {
		t.Errorf("a function has %s, which does not hold an attempt of %s and what follows it", function, attempt)
	}
	for _, name := range []string{"StopFunction", "StatusFunction"} {
		if own := tpl.Resources[name].Properties.Timeout; own != 0 {
			t.Errorf("%s has a Timeout of its own: %d", name, own)
		}
	}
	longest := time.Duration(0)
	for name, s := range m.States {
		task := time.Duration(s.TimeoutSeconds) * time.Second
		switch {
		case s.Type == "Task" && task == 0:
			t.Errorf("%s has no TimeoutSeconds", name)
		case s.InvokesFunction() && task <= function:
			t.Errorf("%s has %s, the function %s", name, task, function)
		case s.InvokesFunction():
			longest = max(longest, s.worst(task))
		}
	}
	// The last round may begin at the deadline, and two notifications follow it.
	run := time.Duration(tpl.Parameters["StopTimeoutMinutes"].MaxValue)*time.Minute + longest
	for _, name := range []string{"NotifyFailed", "SendFailed"} {
		run += m.States[name].worst(time.Duration(m.States[name].TimeoutSeconds) * time.Second)
	}
	if machine := time.Duration(m.TimeoutSeconds) * time.Second; machine <= run {
		t.Errorf("the workflow has %s, a run may take %s", machine, run)
	}
}

// After the deadline a run has one wait, 60 seconds, to come to its outcome:
// what began before it may work for shutdown.LastLook, and so may its retry, each
// after an error of another kind.
func TestTheLastRoundEndsWithinOneWaitOfTheDeadline(t *testing.T) {
	m := load(t)
	for name, s := range m.States {
		if !s.InvokesFunction() {
			continue
		}
		if worst := s.worst(shutdown.LastLook); worst > time.Minute {
			t.Errorf("%s may end %s after the deadline", name, worst)
		}
	}
}

// worst is the longest that a Task takes with all its retries.
func (s State) worst(task time.Duration) time.Duration {
	all := task
	for _, r := range s.Retry {
		for n := range r.MaxAttempts {
			all += task + r.Delay(n)
		}
	}
	return all
}

// maxRounds is the bound that TestEveryCycleIsBounded finds in the definition.
const maxRounds = 1000

func TestTheRoundsLastForTheLongestRun(t *testing.T) {
	tpl, m := loadTemplate(t), load(t)
	longest := time.Duration(tpl.Parameters["StopTimeoutMinutes"].MaxValue) * time.Minute
	began := time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)
	outage := time.Duration(0) // one that lasts from the start, with calls that fail at once
	for round := range maxRounds {
		seconds, err := Evaluate(m.States["WaitOutOutage"].Seconds, Scope{
			Variables: map[string]any{"rounds": round + 1}, Input: shutdown.Run{Deadline: began.Add(longest)}, Now: began,
		})
		n, ok := seconds.(int)
		if err != nil || !ok || n > 60 {
			t.Fatalf("round %d waits out an outage for %v s (%v), want at most 60", round, seconds, err)
		}
		outage += time.Duration(n) * time.Second
	}
	if outage < longest {
		t.Errorf("an outage of %s uses up all %d rounds, a run may take %s", outage, maxRounds, longest)
	}
}

// Source: the AWS page of Step Functions quotas.
const maxHistory = 25_000

func TestTheRoundsFitTheHistory(t *testing.T) {
	m := load(t)
	worst := 0
	for _, s := range m.States {
		if !s.InvokesFunction() {
			continue
		}
		attempts := 1
		for _, r := range s.Retry {
			attempts += r.MaxAttempts
		}
		worst = max(worst, 3*attempts+2) // scheduled, started and failed; entered and exited
	}
	const around = 2 + 2 // a choice, a wait
	if all := maxRounds*(worst+around) + 100; all > maxHistory {
		t.Errorf("%d rounds may come to %d events of history, at most %d", maxRounds, all, maxHistory)
	}
}
