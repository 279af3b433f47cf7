package runs

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

// Notice is what people and programs are told of a run: a message to the topic, the name of
// an event whose detail is the run document, and the metrics.
type Notice struct {
	Subject string  `json:"subject"` // less than 100 characters, as SNS takes it
	Message string  `json:"message"`
	Event   string  `json:"event,omitempty"` // detail type
	Error   string  `json:"error,omitempty"` // of the execution; empty where it succeeds
	Good    bool    `json:"good,omitempty"`  // whether it succeeds
	Metrics []Datum `json:"metrics,omitempty"`
}

// Bounds of a message, so that a report with it fits one payload.
const (
	maxSubject = 99     // characters
	maxLines   = 200    // of instances
	maxMessage = 16_000 // bytes of these lines in JSON
)

// notice says what a run has come to.
func (r *Run) notice(most int) Notice {
	n := Notice{
		Subject: text.Cut("zenstop "+string(r.Outcome)+": "+r.Name, maxSubject),
		Message: r.Summary, Event: eventOf(r.Action, r.Outcome), Error: errorOf(r.Outcome), Good: r.Outcome.Good(),
	}
	if r.Outcome.Good() {
		return n
	}
	var lines []string
	for _, in := range r.instances(func(in *power.Instance) bool { return !in.Verdict.Good() }) {
		lines = append(lines, told(in, r.Action))
	}
	n.Message = letter(r.Summary, lines, len(r.Instances)+r.Omitted-r.good(), most)
	return n
}

// letter is a message: a summary, and as many of the lines as there is room for, in bytes of
// JSON. It says how many of all instances it leaves out.
func letter(summary string, lines []string, all, room int) string {
	shown := 0
	for shown < min(len(lines), maxLines) && text.Bytes(lines[shown])+2 <= room {
		room -= text.Bytes(lines[shown]) + 2
		shown++
	}
	message := append([]string{summary, ""}, lines[:shown]...)
	if more := all - shown; more > 0 {
		message = append(message, fmt.Sprintf("%s more: see the run document of the execution.", countOf(more)))
	}
	return strings.Join(message, "\n")
}

// told is what a message says of an instance that is not good.
func told(in *power.Instance, a power.Action) string {
	verdict, status := string(in.Verdict), in.Status
	if in.Verdict == power.Open {
		verdict = "not " + a.Way().Done
	}
	if status == "" {
		status = "never"
	}
	line := in.ID + "  " + in.Name + "  " + verdict + "  last seen " + status
	if in.Note != "" {
		line += "  " + in.Note
	}
	return line
}

// foretold is what a warning says of an instance.
func foretold(in *power.Instance) string {
	says := string(in.Verdict)
	if in.Verdict == power.Open {
		says = in.Status
	}
	if says == "" {
		says = "not seen yet"
	}
	if in.KeptForNow() {
		says += " until " + in.KeepUntil.Format(time.RFC3339)
	}
	return in.ID + "  " + in.Name + "  " + says
}

// warning is what the topic is told before a run of this name holds: each instance in a line.
// Where the run has no room for its instances, the state Warn of the definition adds their ids.
func warning(name, says string, lines []string, rules power.Rules) *Notice {
	how := "Only what is named here is stopped."
	if rules.ProtectTagKey != "" {
		how = "To keep a machine up for good, give it the tag " + rules.ProtectTagKey + ". " + how
	}
	if rules.KeepTagKey != "" {
		how = "To keep a machine up until some time, give it the tag " + rules.KeepTagKey + " with that time, such as 2026-11-24T2200Z, or 2026-11-24 for the whole day. " + how
	}
	return &Notice{
		Subject: text.Cut("zenstop will stop machines: "+name, maxSubject),
		Message: strings.Join(append([]string{says, "", how, ""}, lines...), "\n"),
	}
}

// eventOf is the detail type of the event that tells of an outcome.
func eventOf(a power.Action, o Outcome) string {
	switch o {
	case OutcomePlanned:
		return title(string(a)) + " Planned"
	case OutcomeSkipped:
		return title(string(a)) + " Skipped"
	case OutcomeRefused:
		return title(string(a)) + " Refused"
	case OutcomeStopped, OutcomeStarted:
		return "Instances " + title(a.Way().Done)
	case OutcomeFailed, OutcomeWaiting:
	}
	return "Instances Not " + title(a.Way().Done)
}

// title writes a word as it begins a name.
func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// errorOf is the name of the error with which an execution fails.
func errorOf(o Outcome) string {
	switch {
	case o.Good():
		return ""
	case o == OutcomeRefused:
		return "Zenstop.Refused"
	}
	return "Zenstop.StopFailed"
}
