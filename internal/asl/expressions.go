package asl

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"zenstop/internal/shutdown"
)

// Scope is what an expression may look at.
type Scope struct {
	Input     shutdown.Run   // $states.input
	Result    any            // $states.result
	Error     ErrorOutput    // $states.errorOutput
	Variables map[string]any // $rounds and so on: int or string
	Now       time.Time      // $millis()
}

// ErrorOutput is the error that a Task ended with. The Cause of a function's
// error is JSON with errorMessage. Source: the AWS page of Lambda with Step Functions.
type ErrorOutput struct {
	Error string `json:"Error"`
	Cause string `json:"Cause"`
}

func (s Scope) number(name string) int {
	n, ok := s.Variables[name].(int)
	if !ok {
		panic("the variable " + name + " holds no number")
	}
	return n
}

func (s Scope) text(name string) string {
	text, ok := s.Variables[name].(string)
	if !ok {
		panic("the variable " + name + " holds no text")
	}
	return text
}

func (s Scope) waiting() bool { return s.Input.Outcome == shutdown.OutcomeWaiting }

// expressions says in Go what each expression of the definition means. There is
// no JSONata in Go here; a test holds each entry against an implementation of it.
var expressions = map[string]func(Scope) any{
	"$states.input":          func(s Scope) any { return s.Input },
	"$states.result.Payload": func(s Scope) any { return s.Result },
	"$rounds + 1":            func(s Scope) any { return s.number("rounds") + 1 },
	"$stops + 1":             func(s Scope) any { return s.number("stops") + 1 },
	outageWait:               func(s Scope) any { return s.outageWait() },
	"$rounds >= 1000":        func(s Scope) any { return s.number("rounds") >= 1000 },

	"$states.input.outcome = 'WAITING' and $rounds >= 1000": func(s Scope) any { return s.waiting() && s.number("rounds") >= 1000 },
	"$states.input.outcome = 'WAITING' and $states.input.stopDue and $stops = 0": func(s Scope) any {
		return s.waiting() && s.Input.StopDue && s.number("stops") == 0
	},
	"$states.input.outcome = 'WAITING' and $states.input.stopDue": func(s Scope) any { return s.waiting() && s.Input.StopDue },
	"$states.input.outcome = 'WAITING'":                           func(s Scope) any { return s.waiting() },
	"$states.input.outcome in ['STOPPED', 'PLANNED', 'SKIPPED']":  func(s Scope) any { return s.Input.Outcome.Good() },

	"$states.input.waitSeconds":                      func(s Scope) any { return s.Input.WaitSeconds },
	"$millis() >= $toMillis($states.input.deadline)": func(s Scope) any { return s.Now.UnixMilli() >= s.Input.Deadline.UnixMilli() },
	"$parse($states.errorOutput.Cause).errorMessage": func(s Scope) any { return s.Error.message() },
	outageFailure:           func(s Scope) any { return s.Error.Error + ": " + first(s.Error.Cause, 500) },
	"$states.input.summary": func(s Scope) any { return s.Input.Summary },
	giveUp:                  func(s Scope) any { return s.giveUp() },
	failedMessage:           func(s Scope) any { return failureMessage(s.Input) },
	stoppedType:             func(s Scope) any { return stoppedTypes[s.Input.Outcome] },
	choose("'Stop Refused'", "'Instances Not Stopped'"): func(s Scope) any { return s.refusedOr("Stop Refused", "Instances Not Stopped") },
	choose("'Zenstop.Refused'", "'Zenstop.StopFailed'"): func(s Scope) any { return s.refusedOr("Zenstop.Refused", "Zenstop.StopFailed") },
	"$substring('zenstop ' & $states.input.outcome & ': ' & $states.input.run, 0, 100)": func(s Scope) any {
		return first(fmt.Sprintf("zenstop %s: %s", s.Input.Outcome, s.Input.Run), 100)
	},
}

// The longer expressions, as they stand in the definition.
const (
	outageWait    = "$max([1, $min([$rounds < 100 ? 20 : 60, $ceil(($toMillis($states.input.deadline) - $millis()) / 1000)])])"
	outageFailure = "$states.errorOutput.Error & ': ' & $substring($states.errorOutput.Cause, 0, 500)"
	giveUp        = "( $all := [$map($states.input.instances, function($i) { $i.verdict = '' ? $merge([$i, {'verdict': $verdict}]) : $i })]; " +
		"$merge([$states.input, {'outcome': 'FAILED', 'stopDue': false, 'waitSeconds': 0, 'instances': $all, " +
		"'counts': $count($all) = 0 ? {} : $all{verdict: $count(verdict)}, " +
		"'summary': $string($count($all[verdict = $verdict])) & ' of ' & $string($count($all)) & ' instances ' & $verdict & ': ' & $failure}]) )"
	failedMessage = "$join([$states.input.summary, '', $map($states.input.instances[$not(verdict in ['STOPPED', 'ALREADY_STOPPED', 'PROTECTED'])], " +
		"function($i) { $i.id & '  ' & $i.name & '  ' & ($i.verdict = '' ? 'not stopped' : $i.verdict) & '  last seen ' & ($i.status = '' ? 'never' : $i.status) })], '\n')"
	stoppedType = "$lookup({'STOPPED': 'Instances Stopped', 'PLANNED': 'Stop Planned', 'SKIPPED': 'Stop Skipped'}, $states.input.outcome)"
)

func choose(refused, other string) string {
	return "$states.input.outcome = 'REFUSED' ? " + refused + " : " + other
}

var stoppedTypes = map[shutdown.Outcome]string{
	shutdown.OutcomeStopped: "Instances Stopped",
	shutdown.OutcomePlanned: "Stop Planned",
	shutdown.OutcomeSkipped: "Stop Skipped",
}

func (s Scope) refusedOr(refused, other string) string {
	if s.Input.Outcome == shutdown.OutcomeRefused {
		return refused
	}
	return other
}

// outageWait is in seconds, 1 or more, and ends at the deadline.
func (s Scope) outageWait() int {
	wait := 60
	if s.number("rounds") < 100 {
		wait = 20
	}
	left := float64(s.Input.Deadline.UnixMilli() - s.Now.UnixMilli())
	return max(1, min(wait, int(math.Ceil(left/1000))))
}

func (e ErrorOutput) message() string {
	var cause struct {
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal([]byte(e.Cause), &cause); err != nil {
		panic("the cause is not JSON: " + e.Cause)
	}
	return cause.Message
}

// giveUp gives every open instance the verdict of the variable.
func (s Scope) giveUp() shutdown.Run {
	run, verdict := s.Input, shutdown.Verdict(s.text("verdict"))
	run.Instances = append([]shutdown.Instance{}, run.Instances...)
	run.Counts = map[shutdown.Verdict]int{}
	for i := range run.Instances {
		if run.Instances[i].Verdict == shutdown.Open {
			run.Instances[i].Verdict = verdict
		}
		run.Counts[run.Instances[i].Verdict]++
	}
	run.Outcome, run.StopDue, run.WaitSeconds = shutdown.OutcomeFailed, false, 0
	run.Summary = fmt.Sprintf("%d of %d instances %s: %s", run.Counts[verdict], len(run.Instances), verdict, s.text("failure"))
	return run
}

// failureMessage is the summary, and a line for each instance without a good verdict.
func failureMessage(run shutdown.Run) string {
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	lines := []string{run.Summary, ""}
	for i := range run.Instances {
		if in := &run.Instances[i]; !in.Verdict.Good() {
			lines = append(lines, in.ID+"  "+in.Name+"  "+or(string(in.Verdict), "not stopped")+"  last seen "+or(in.Status, "never"))
		}
	}
	return strings.Join(lines, "\n")
}

func first(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
