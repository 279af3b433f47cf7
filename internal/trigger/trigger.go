// Package trigger turns an EventBridge event into a request to stop instances,
// or says why not. It is strict: a misspelt field must not stop machines. It
// knows no AWS, no Zenlayer and no clock of its own.
package trigger

import (
	"fmt"
	"slices"
	"time"

	"zenstop/internal/shutdown"
)

// Settings are the guards of the stack.
type Settings struct {
	MaxInstances    int            // at most this many instances are stopped by one event, 1 or more
	Timeout         time.Duration  // from the start of a run to its deadline, where the event names none
	MaxEventAge     time.Duration  // an older event is refused
	SkipDates       []string       // yyyy-mm-dd in Zone; schedules only
	Zone            *time.Location // of the schedule; nil means UTC
	AlarmNamePrefix string         // alarms of other names are refused
	AlarmTarget     string         // JSON of a target, for alarms without an InstanceId dimension; may be empty
}

// Event is what an event turned out to be: refused, skipped, or with both of
// these empty a request to carry out.
type Event struct {
	Request shutdown.Request // Run and Trigger are always set, as far as they can be read
	Refused string           // why, on one line; names the field and the rule
	Skipped string           // why, on one line
}

// Bounds of what an event leaves in the run document, in characters.
const (
	maxID      = 128
	maxTime    = 40
	maxReason  = 256
	maxRefusal = 600
)

// Decode reads one event at the time now. The name of its run depends on the
// event alone and not on now, so every delivery of it names the same run.
//
// A schedule on one of SkipDates is checked first and skipped then: a mistake in
// it shows on the day it is made, not after the holidays. An event from the
// future is accepted: a clock that is ahead is no reason to leave machines running.
func Decode(payload []byte, s Settings, now time.Time) Event {
	env, err := open(payload)
	ev := Event{Request: shutdown.Request{
		Run:          name(env.kind(), env.id, payload),
		MaxInstances: s.MaxInstances,
		Timeout:      s.Timeout,
		Trigger: shutdown.Trigger{
			Kind: env.kind(), ID: tidy(env.id, maxID), Name: tidy(env.source, maxID), Time: tidy(env.time, maxTime),
		},
	}}
	if err == nil {
		err = ev.read(env, s, now)
	}
	if err != nil {
		ev.Request.Target = shutdown.Target{}
		ev.Refused, ev.Skipped = tidy(err.Error(), maxRefusal), ""
	}
	return ev
}

// read fills the request in, or says which guard refuses it.
func (ev *Event) read(env envelope, s Settings, now time.Time) error {
	at, err := time.Parse(time.RFC3339, env.time)
	if err != nil {
		return fmt.Errorf("time: %s must be a time as in RFC 3339, such as 2026-11-22T19:00:00Z", quote(env.time))
	}
	if age := now.Sub(at); age > s.MaxEventAge {
		return fmt.Errorf("time: the event is %s old, the limit is %s (MaxEventAgeMinutes)", span(age), span(s.MaxEventAge))
	}
	if env.kind() == shutdown.KindAlarm {
		return readAlarm(env.detail, &ev.Request, s)
	}
	if err := readDetail(env.detail, &ev.Request, s); err != nil {
		return err
	}
	if env.kind() == shutdown.KindSchedule {
		ev.Skipped = skip(at, s)
	}
	return nil
}

// skip says why a schedule of this time is skipped, or nothing.
func skip(at time.Time, s Settings) string {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	date := at.In(zone).Format(time.DateOnly)
	if !slices.Contains(s.SkipDates, date) {
		return ""
	}
	return fmt.Sprintf("%s (%s) is one of SkipDates.", date, zone)
}

// span writes a duration for a person: 1h0m1s, and from two days on the days.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Truncate(time.Second).String()
}
