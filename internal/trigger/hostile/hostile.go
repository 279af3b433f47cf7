// Package hostile holds events that must be refused, for the tests of the
// decoder and the end-to-end tests. Whoever meets one must stop nothing, and
// say which field is wrong and by which rule.
package hostile

import (
	"fmt"
	"strings"
)

// Case is a bad event.
type Case struct {
	Name      string
	Payload   string // the whole event, as Lambda hands it over
	WantField string // the path that the message begins with
	Want      string // a part of the message: the rule
}

// Detail is a bad detail of a `Stop Instances Requested` event.
type Detail struct {
	Name      string
	Detail    string // JSON that EventBridge takes
	WantField string // the path that the message begins with
	Want      string // a part of the message: the rule
}

// Time is that of every event here which is not about its time. It is far ahead
// and so never too old.
const Time = "2099-01-01T00:00:00Z"

// Events lists the bad events: those of [Details] as a request and those that
// only a caller of the function can send. The alarms suppose the default
// AlarmNamePrefix and no AlarmTarget.
func Events() []Case {
	var all []Case
	for _, d := range Details() {
		all = append(all, Case{d.Name, Request(d.Detail), d.WantField, d.Want})
	}
	return append(append(all, envelopes()...), alarms()...)
}

// Details lists the bad details.
func Details() []Detail {
	var all []Detail
	for _, of := range [][]Detail{shapes(), fields(), ids(), filters()} {
		all = append(all, of...)
	}
	return all
}

// Request is an event that asks for a stop with this detail.
func Request(detail string) string {
	return Envelope("zenstop", "Stop Instances Requested", Time, detail)
}

// Envelope is an event with its id and these fields.
func Envelope(source, detailType, at, detail string) string {
	return fmt.Sprintf(`{"id":"hostile-0001","source":%q,"detail-type":%q,"time":%q,"detail":%s}`, source, detailType, at, detail)
}

// target is a detail with this target, with one that names an instance and further fields.
func target(t string) string { return `{"target":` + t + `}` }

func with(fields string) string { return `{"target":{"instanceIds":["hostile-0001"]},` + fields + `}` }

// list is a JSON array of n different strings.
func list(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"x-%05d"`, i)
	}
	return "[" + strings.Join(all, ",") + "]"
}
