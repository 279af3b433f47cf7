// Package trigger turns an EventBridge event into a request to stop or to start instances, or
// says why it objects to the event, or why the event is skipped. It objects to unknown
// fields, so that a misspelt dryRun does not stop machines. It calls no service and reads no clock.
package trigger

import (
	"fmt"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/text"
)

// Settings are the parameters of the stack that events are checked against.
type Settings struct {
	MaxInstances    int            // how many instances one event may stop or start, 1 or more
	Timeout         time.Duration  // from the start of a run to its deadline, where the event has no timeoutMinutes
	Warn            time.Duration  // how long before its stops a schedule tells of them; 0: it does not
	StartTime       string         // HH:MM at which what a schedule stops is started again; "": never
	StartDays       string         // as in MON,TUE: the days of StartTime, and of a request that names none
	MaxEventAge     time.Duration  // it objects to an older event
	SkipDates       []string       // yyyy-mm-dd in Zone; a schedule is skipped on these dates
	Zone            *time.Location // time zone of SkipDates; nil: none is known, and it objects to the schedule
	ScheduleMistake string         // what in the settings of the schedule cannot be read; it objects to the schedule alone
	AlarmNamePrefix string         // it objects to an alarm with a name that does not begin with it; "": to every alarm
	AlarmTarget     string         // JSON of a target, for alarms without a dimension InstanceId; may be ""
}

// Event is a decoded event. Where Objection and Skipped are both "", the request is
// to be carried out.
type Event struct {
	Request   runs.Request // its Run and Trigger are always set, as far as the event could be read
	Objection string       // one line that names the field and the rule
	Skipped   string       // one line that names the date
}

// Limits of the texts that an event leaves in the run document, in characters.
const (
	maxID        = 128
	maxTime      = 40
	maxReason    = 256
	maxObjection = 600
)

// Decode decodes and checks one event at the time now. The name of its run depends
// on the payload alone, so each delivery of an event names the same run.
//
// A schedule on one of SkipDates is checked like any other before it is skipped, so
// that a mistake in it is reported on the first day and not after the holidays. A
// time in the future is accepted, because a clock that is ahead is no reason to
// leave machines running.
func Decode(payload []byte, s Settings, now time.Time) Event {
	env, err := open(payload)
	ev := Event{Request: runs.Request{
		Action:       env.action(),
		Name:         name(env, payload),
		MaxInstances: s.MaxInstances,
		Timeout:      s.Timeout,
		Trigger: runs.Trigger{
			Kind: env.kind(), ID: text.Short(env.id, maxID), Name: text.Short(env.source, maxID), Time: text.Short(env.time, maxTime),
		},
	}}
	if err == nil {
		err = ev.read(env, s, now)
	}
	if err != nil {
		ev.Request.Target = runs.Target{}
		ev.Objection, ev.Skipped = text.Short(err.Error(), maxObjection), ""
	}
	return ev
}

// read fills in the request, or returns the rule that the event breaks.
func (ev *Event) read(env envelope, s Settings, now time.Time) error {
	at, err := time.Parse(time.RFC3339, env.time)
	if err != nil {
		return fmt.Errorf("time: %s must be a time as in RFC 3339, such as 2026-11-22T19:00:00Z", quote(env.time))
	}
	if age := now.Sub(at).Truncate(time.Second); age > s.MaxEventAge {
		return fmt.Errorf("time: the event is %s old, the limit is %s (MaxEventAgeMinutes)", span(age), span(s.MaxEventAge))
	}
	if env.kind() == runs.KindAlarm {
		return readAlarm(env.detail, &ev.Request, s)
	}
	if env.kind() == runs.KindSchedule {
		return ev.readSchedule(env, s, at, earlier(at, now))
	}
	if env.action() == power.Start {
		return readStart(env.detail, &ev.Request, s)
	}
	return readDetail(env.detail, &ev.Request, s, earlier(at, now))
}

// readSchedule fills in the request of a schedule of this time, whose start is due after sent.
func (ev *Event) readSchedule(env envelope, s Settings, at, sent time.Time) error {
	if err := s.checkSchedule(); err != nil {
		return err
	}
	ev.Request.Warn, ev.Skipped = s.Warn, s.skip(at)
	if s.StartTime != "" {
		ev.Request.Morning = &runs.Morning{Clock: s.StartTime, Days: s.StartDays, Stack: true}
	}
	return readDetail(env.detail, &ev.Request, s, sent)
}

// earlier is the earlier of two moments. An event may be old, and its time may lie ahead.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// checkSchedule objects to a schedule where a setting that it needs cannot be read. The
// machines may be needed on a date that a mistake has kept out of SkipDates, say.
func (s Settings) checkSchedule() error {
	mistake := s.ScheduleMistake
	if mistake == "" && s.Zone == nil {
		mistake = "ScheduleTimezone is not a valid IANA time zone"
	}
	if mistake == "" {
		return nil
	}
	return fmt.Errorf("the schedule's settings cannot be read; correct them and deploy the stack again: %s", mistake)
}

// skip says why a schedule of this time is skipped, or returns "".
func (s Settings) skip(at time.Time) string {
	date := at.In(s.Zone).Format(time.DateOnly)
	if !slices.Contains(s.SkipDates, date) {
		return ""
	}
	return fmt.Sprintf("%s (%s) is one of SkipDates.", date, s.Zone)
}

// span writes a duration for people: 1h0m1s, and from two days on the number of days.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Truncate(time.Second).String()
}
