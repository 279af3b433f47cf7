package audit

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// told checks the message and the event of the report: there is one of each, they are about this
// document, and the message names who is not well. A part tells nobody, its run does.
func (c *court) told() {
	messages, events := 0, 0
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case strings.HasPrefix(s.State, "Notify"):
			messages++
			c.message(i)
		case s.State == "SendWarning":
			c.event(i, "Instances To Be Stopped")
		case strings.HasPrefix(s.State, "Send"):
			events++
			c.event(i, detailType(c.before(i)))
		}
	}
	want := 1
	if c.last.Part > 0 {
		want = 0
	}
	c.hold(ruleReport, !c.reports() || messages == want && events == want, "it sent %d messages and %d events, and not %d of each", messages, events, want)
}

// message checks the message of a report.
func (c *court) message(step int) {
	s, run := &c.Steps[step], c.before(step)
	if !c.tells {
		return
	}
	var of struct {
		Subject           string
		Message           string
		MessageAttributes map[string]struct{ StringValue string }
	}
	if err := json.Unmarshal(s.Asked, &of); err != nil {
		c.find(ruleReport, "%s sent no message: %v", s.State, err)
		return
	}
	c.hold(ruleReport, of.MessageAttributes["outcome"].StringValue == run.Outcome, "its message has the outcome %q, and it is %s", of.MessageAttributes["outcome"].StringValue, run.Outcome)
	if c.closed() {
		return // it says so in a sentence of its own
	}
	c.hold(ruleReport, strings.HasPrefix("zenstop "+run.Outcome+": "+run.Run, strings.TrimSuffix(of.Subject, "…")), "its message has the subject %q", of.Subject)
	summary, lines, _ := strings.Cut(of.Message, "\n\n")
	c.hold(ruleReport, strings.TrimSpace(summary) == strings.TrimSpace(run.Summary), "its message begins with %q, and not with its summary", summary)
	if !goodOutcome(run.Outcome) {
		c.lines(run, lines)
	}
}

var more = regexp.MustCompile(`^(\d+) instances? more`)

// lines checks that a message names each instance that is not well with its verdict, or says how many more there are.
func (c *court) lines(run *document, text string) {
	named, rest := map[string]bool{}, 0
	for line := range strings.SplitSeq(text, "\n") {
		id, says, _ := strings.Cut(line, " ")
		row := run.row(id)
		if found := more.FindStringSubmatch(line); found != nil && row == nil {
			rest, _ = strconv.Atoi(found[1])
			continue
		}
		if line == "" {
			continue
		}
		c.hold(ruleReport, row != nil && !good(row.Verdict) && !named[id] && (row.Verdict == "" || slices.Contains(strings.Fields(says), row.Verdict)), "its message says %q, and its report something else", line)
		named[id] = true
	}
	_, bad := run.tally()
	if acted(run.Outcome) {
		c.hold(ruleReport, len(named)+rest == bad, "its message tells of %d instances and of %d more, and %d are not well", len(named), rest, bad)
	}
}

// event checks an event.
func (c *court) event(step int, kind string) {
	s := &c.Steps[step]
	if !c.tells {
		return
	}
	var of struct {
		Entries []struct {
			Source     string
			DetailType string
			Detail     json.RawMessage
		}
	}
	if err := json.Unmarshal(s.Asked, &of); err != nil || len(of.Entries) != 1 {
		c.find(ruleReport, "%s sent no event: %v", s.State, err)
		return
	}
	e := &of.Entries[0]
	c.hold(ruleReport, e.DetailType == kind && e.Source == "zenstop", "its event is %q of %q, and not %q", e.DetailType, e.Source, kind)
	c.hold(ruleReport, alike(detail(e.Detail), s.Input), "its event has another document")
}

// detail is the document of an event, which may stand there as a text.
func detail(d json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(d, &text) == nil {
		return json.RawMessage(text)
	}
	return d
}

func detailType(run *document) string {
	noun, done := "Stop", "Stopped"
	if run.Action == "start" {
		noun, done = "Start", "Started"
	}
	switch run.Outcome {
	case "STOPPED", "STARTED":
		return "Instances " + done
	case "PLANNED":
		return noun + " Planned"
	case "SKIPPED":
		return noun + " Skipped"
	case "FAILED":
		return "Instances Not " + done
	}
	return noun + " Refused"
}
