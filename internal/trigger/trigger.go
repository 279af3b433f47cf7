// Package trigger turns an EventBridge event into a request to stop instances,
// or says why not. It is strict: a misspelt field must not stop machines.
package trigger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"zenstop/internal/shutdown"
)

// Settings are the guards of the stack.
type Settings struct {
	MaxInstances    int            // at most this many instances are stopped by one event
	Timeout         time.Duration  // from the start of a run to its deadline, where the event names none
	MaxEventAge     time.Duration  // an older event is refused
	SkipDates       []string       // yyyy-mm-dd in Zone
	Zone            *time.Location // of the schedule
	AlarmNamePrefix string         // alarms of other names are refused
	AlarmTarget     string         // JSON of a target, for alarms without an InstanceId dimension; may be empty
}

// Event is what an event turned out to be. With Refused and Skipped empty it is
// a request to carry out.
type Event struct {
	Request shutdown.Request // Run and Trigger are set always, as far as they can be read
	Refused string           // why; names the field and the rule
	Skipped string           // why
}

const (
	maxPayload = 1 << 20
	detailType = "Stop Instances Requested"
	alarmType  = "CloudWatch Alarm State Change"
	maxName    = 71 // an execution's name holds 80, and "-NN-of-NN" may follow
)

type envelope struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Time       string          `json:"time"`
	Detail     json.RawMessage `json:"detail"`
}

// kind says which of the three shapes the envelope has.
func (e envelope) kind() shutdown.Kind {
	switch [2]string{e.Source, e.DetailType} {
	case [2]string{"zenstop", detailType}:
		return shutdown.KindRequest
	case [2]string{"zenstop.schedule", detailType}:
		return shutdown.KindSchedule
	case [2]string{"aws.cloudwatch", alarmType}:
		return shutdown.KindAlarm
	}
	return shutdown.KindUnknown
}

// Decode reads one event at the time now. The name of its run depends on the
// bytes of the event alone, so every delivery of it names the same run. A
// schedule is checked first and skipped then, so that a mistake in it shows
// early. An event from the future is accepted.
func Decode(payload []byte, s Settings, now time.Time) Event {
	var env envelope
	var err error
	if len(payload) > maxPayload {
		err = fmt.Errorf("event: %d bytes, at most %d", len(payload), maxPayload)
	} else if json.Unmarshal(payload, &env) != nil {
		env = envelope{}
		err = fmt.Errorf("event: must be a JSON object with the strings id, source, detail-type and time, and a detail")
	}
	ev := Event{Request: shutdown.Request{
		Run: name(env, payload), MaxInstances: s.MaxInstances, Timeout: s.Timeout,
		Trigger: shutdown.Trigger{Kind: env.kind(), ID: tidy(env.ID, 128), Name: tidy(env.Source, 128), Time: tidy(env.Time, 40)},
	}}
	if err == nil {
		err = ev.read(env, s, now)
	}
	if err != nil {
		ev.Request.Target = shutdown.Target{}
		ev.Refused, ev.Skipped = tidy(err.Error(), 600), ""
	}
	return ev
}

// read fills the request in, or says which guard refuses it.
func (ev *Event) read(env envelope, s Settings, now time.Time) error {
	req := &ev.Request
	at, err := time.Parse(time.RFC3339, env.Time)
	switch {
	case req.Trigger.Kind == shutdown.KindUnknown:
		return fmt.Errorf("source %s with detail-type %s: must be zenstop or zenstop.schedule with %q, or aws.cloudwatch with %q",
			quote(env.Source), quote(env.DetailType), detailType, alarmType)
	case env.ID == "":
		return fmt.Errorf("id: must not be empty")
	case err != nil:
		return fmt.Errorf("time: %s must be a time as in RFC 3339", quote(env.Time))
	case now.Sub(at) > s.MaxEventAge:
		return fmt.Errorf("time: the event is %s old, at most %s (MaxEventAgeMinutes)", now.Sub(at).Truncate(time.Second), s.MaxEventAge)
	case len(env.Detail) == 0:
		return fmt.Errorf("detail: is missing")
	case req.Trigger.Kind == shutdown.KindAlarm:
		return readAlarm(env.Detail, req, s)
	}
	if err := readDetail(env.Detail, req, s); err != nil {
		return err
	}
	date := at.In(s.Zone).Format(time.DateOnly)
	if req.Trigger.Kind == shutdown.KindSchedule && slices.Contains(s.SkipDates, date) {
		ev.Skipped = fmt.Sprintf("%s is one of SkipDates (%s).", date, s.Zone)
	}
	return nil
}

// name derives the execution's name from the event. What is no part of such a
// name is replaced by its hash.
func name(env envelope, payload []byte) string {
	kind := string(env.kind())
	safe := strings.Trim(env.ID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
	switch {
	case env.ID == "":
		return kind + "-" + digest(payload)
	case !safe || len(kind)+1+len(env.ID) > maxName:
		return kind + "-" + digest([]byte(env.ID))
	}
	return kind + "-" + env.ID
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// tidy makes a text of the event's printable and bounds it to n characters.
func tidy(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

// quote shows at most 40 characters of a bad value.
func quote(s string) string { return fmt.Sprintf("%q", tidy(s, 40)) }
