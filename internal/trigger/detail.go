package trigger

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/daily"
	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/text"
)

// The longest timeoutMinutes, half a day, and the longest warnMinutes.
const (
	maxMinutes     = 720
	maxWarnMinutes = 240
)

// detail is the detail of a request to stop, or of a schedule. A nil field is missing.
type detail struct {
	Target         *target `json:"target"`
	Reason         string  `json:"reason"`
	DryRun         bool    `json:"dryRun"`
	CheckOnly      bool    `json:"checkOnly"`
	MaxInstances   *int    `json:"maxInstances"`
	TimeoutMinutes *int    `json:"timeoutMinutes"`
	WarnMinutes    *int    `json:"warnMinutes"`
	StartAt        *string `json:"startAt"`
	StartTime      *string `json:"startTime"`
	StartDays      *string `json:"startDays"`
}

// start is the detail of a request to start.
type start struct {
	Target         *target `json:"target"`
	Reason         string  `json:"reason"`
	DryRun         bool    `json:"dryRun"`
	MaxInstances   *int    `json:"maxInstances"`
	TimeoutMinutes *int    `json:"timeoutMinutes"`
}

// readStart fills in the request from the detail of a request to start.
func readStart(raw jsontext.Value, req *runs.Request, s Settings) error {
	var d start
	if err := strict(raw, "detail", &d); err != nil {
		return err
	}
	return (&detail{Target: d.Target, Reason: d.Reason, DryRun: d.DryRun, MaxInstances: d.MaxInstances, TimeoutMinutes: d.TimeoutMinutes}).fill(req, s, time.Time{})
}

// readDetail fills in the request from the detail of a request to stop, or of a schedule, of
// this time.
func readDetail(raw jsontext.Value, req *runs.Request, s Settings, at time.Time) error {
	var d detail
	if err := strict(raw, "detail", &d); err != nil {
		return err
	}
	return d.fill(req, s, at)
}

// fill fills in the request. The event can lower MaxInstances of the stack, but not raise it.
func (d *detail) fill(req *runs.Request, s Settings, at time.Time) error {
	if err := d.check(); err != nil {
		return err
	}
	req.Trigger.Reason, req.DryRun, req.CheckOnly = text.Short(d.Reason, maxReason), d.DryRun, d.CheckOnly
	if d.WarnMinutes != nil {
		req.Warn = time.Duration(*d.WarnMinutes) * time.Minute
	}
	if d.CheckOnly {
		req.Warn = 0 // nothing is asked for
	}
	if d.MaxInstances != nil {
		req.MaxInstances = min(*d.MaxInstances, s.MaxInstances)
	}
	if d.TimeoutMinutes != nil {
		req.Timeout = time.Duration(*d.TimeoutMinutes) * time.Minute
	}
	if err := d.fillMorning(req, s, at); err != nil {
		return err
	}
	var err error
	req.Target, err = d.Target.read("detail.target")
	return err
}

// fillMorning says when what is stopped is started again. What the detail says counts, and of a
// schedule of the stack, which may have a time already, else that one.
func (d *detail) fillMorning(req *runs.Request, s Settings, at time.Time) error {
	switch {
	case d.CheckOnly && (d.StartAt != nil || d.StartTime != nil || d.StartDays != nil):
		return errors.New("detail.checkOnly: cannot be true together with detail.startAt, detail.startTime or detail.startDays: a check stops nothing")
	case d.StartAt != nil && (d.StartTime != nil || d.StartDays != nil):
		return errors.New("detail.startAt: cannot be given together with detail.startTime or detail.startDays")
	case d.StartDays != nil && d.StartTime == nil:
		return errors.New("detail.startDays: needs detail.startTime")
	case d.CheckOnly:
		req.Morning = nil
	case d.StartTime != nil:
		m := runs.Morning{Clock: *d.StartTime, Days: s.StartDays}
		if d.StartDays != nil {
			m.Days = *d.StartDays
		}
		if _, err := daily.Parse(m.Clock, everyDay); err != nil {
			return fmt.Errorf("detail.startTime: %w", err)
		}
		if _, err := daily.Parse(m.Clock, m.Days); err != nil && d.StartDays != nil {
			return fmt.Errorf("detail.startDays: %w", err)
		}
		req.Morning = &m
	case d.StartAt != nil:
		start, err := time.Parse(time.RFC3339, *d.StartAt)
		if err != nil {
			return fmt.Errorf("detail.startAt: %s must be a time as in RFC 3339 with an offset, such as 2026-11-23T07:00:00+01:00", quote(*d.StartAt))
		}
		if start = power.WholeSecond(start); !start.After(at) || start.After(at.Add(daily.Ahead)) {
			return fmt.Errorf("detail.startAt: %s must be later than the event, and at most %d days later", quote(*d.StartAt), daily.Ahead/(24*time.Hour))
		}
		req.StartAt, req.Morning = &start, nil
	}
	return nil
}

const everyDay = "MON,TUE,WED,THU,FRI,SAT,SUN"

// check checks all fields except the inside of the target.
func (d *detail) check() error {
	if d.Target == nil {
		return errors.New("detail.target: is required")
	}
	if n := utf8.RuneCountInString(d.Reason); n > maxReason {
		return fmt.Errorf("detail.reason: has %d characters, must have at most %d", n, maxReason)
	}
	if d.MaxInstances != nil && *d.MaxInstances < 1 {
		return fmt.Errorf("detail.maxInstances: is %d, must be 1 or more", *d.MaxInstances)
	}
	if d.TimeoutMinutes != nil && (*d.TimeoutMinutes < 1 || *d.TimeoutMinutes > maxMinutes) {
		return fmt.Errorf("detail.timeoutMinutes: is %d, must be 1 to %d", *d.TimeoutMinutes, maxMinutes)
	}
	if d.WarnMinutes != nil && (*d.WarnMinutes < 0 || *d.WarnMinutes > maxWarnMinutes) {
		return fmt.Errorf("detail.warnMinutes: is %d, must be 0 to %d", *d.WarnMinutes, maxWarnMinutes)
	}
	if d.DryRun && d.CheckOnly {
		return errors.New("detail.checkOnly: cannot be true together with detail.dryRun: a check looks, a dry run plans a stop")
	}
	return nil
}
