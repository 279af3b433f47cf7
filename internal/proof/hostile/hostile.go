// Package hostile holds events that a guard must object to. The tests of the decoder and
// the end-to-end tests use them: nothing may be stopped, and the message must name
// the wrong field and the rule.
package hostile

import (
	"fmt"
	"strings"
)

// Case is a bad event.
type Case struct {
	Name      string
	Payload   string // the whole event, as Lambda passes it to the function
	WantField string // the path that the message begins with
	Want      string // a part of the message: the rule
}

// Detail is a bad detail of a `Stop Instances Requested` event.
type Detail struct {
	Name      string
	Detail    string // JSON that EventBridge accepts, so at most 256 KiB
	WantField string // the path that the message begins with
	Want      string // a part of the message: the rule
}

// Time is the time of the events whose time is not the mistake. It is in the far
// future, so these events are never too old.
const Time = "2099-01-01T00:00:00Z"

// Events lists bad events: each of [Details] as a request, and events that only a
// direct caller of the function can send. Its alarms are for a stack with the default
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

// Request returns a `Stop Instances Requested` event with this detail.
func Request(detail string) string {
	return Envelope("zenstop", "Stop Instances Requested", Time, detail)
}

// Envelope returns an event with these fields.
func Envelope(source, detailType, at, detail string) string {
	return fmt.Sprintf(`{"id":"hostile-0001","source":%q,"detail-type":%q,"time":%q,"detail":%s}`, source, detailType, at, detail)
}

// target returns a detail with this target.
func target(t string) string { return `{"target":` + t + `}` }

// with returns a detail with a good target and these further fields.
func with(fields string) string { return `{"target":{"instanceIds":["hostile-0001"]},` + fields + `}` }

// list returns a JSON array of n different strings: "x-" and this many digits.
func list(n, digits int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"x-%0*d"`, digits, i)
	}
	return "[" + strings.Join(all, ",") + "]"
}
