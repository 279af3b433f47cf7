package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"zenstop/internal/daily"
)

// schedule is one of the schedules of the stack.
type schedule struct {
	is   *scheduler.GetScheduleOutput // nil: there is none, or line says why it is not known
	line Line
}

// schedules are those of the stack: the one that stops, and the one that looks.
type schedules struct{ stop, watch schedule }

// The logical ids of the schedules in the template.
const (
	stopSchedule  = "StopFunctionSchedule"
	watchSchedule = "WatchSchedule"
)

func (e *exam) readSchedules(ctx context.Context) {
	e.schedules = schedules{e.readSchedule(ctx, "schedule", stopSchedule), e.readSchedule(ctx, "watch", watchSchedule)}
}

func (e *exam) readSchedule(ctx context.Context, check, logicalID string) schedule {
	if e.unlisted != "" || e.outputs == nil {
		return schedule{line: e.unresolved(check)}
	}
	for _, r := range e.resources["AWS::Scheduler::Schedule"] {
		if aws.ToString(r.LogicalResourceId) != logicalID {
			continue
		}
		is, err := e.AWS.Schedules.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: r.PhysicalResourceId})
		if err != nil {
			return schedule{line: unseen(check, "scheduler:GetSchedule", err)}
		}
		return schedule{is: is}
	}
	if logicalID == watchSchedule {
		return schedule{line: Line{Level: OK, Check: check, Says: "there is none: WatchScheduleExpression is empty"}}
	}
	return schedule{line: Line{Level: Wrong, Check: check, Says: "the stack has no schedule", Mend: []string{e.Shell.Deploy}}}
}

// lookAtSchedules says when each schedule fires next, and when what is stopped is started
// again.
func (e *exam) lookAtSchedules(context.Context) {
	stops := e.schedule(e.schedules.stop, "schedule")
	e.schedule(e.schedules.watch, "watch")
	e.start(stops)
}

const shown = 3 // firings

const timeFormat = "Mon 2006-01-02 15:04 -07:00"

// schedule says what the schedule does next, and returns its firings on no date that is
// skipped.
func (e *exam) schedule(s schedule, check string) (next []time.Time) {
	if s.is == nil {
		e.say(s.line)
		return nil
	}
	l := Line{Level: OK, Check: check, Says: fmt.Sprintf("%s, %s in %s", s.is.State, aws.ToString(s.is.ScheduleExpression), aws.ToString(s.is.ScheduleExpressionTimezone))}
	zone, err := time.LoadLocation(aws.ToString(s.is.ScheduleExpressionTimezone))
	var fires firings
	if err == nil {
		begin := aws.ToTime(s.is.CreationDate)
		if s.is.StartDate != nil {
			begin = *s.is.StartDate
		}
		fires, err = readExpression(aws.ToString(s.is.ScheduleExpression), zone, begin)
	}
	if err == nil {
		next, l.More = e.upcoming(fires, zone)
	}
	if e.stop != nil && e.stop.Trigger.Warn > 0 && check == "schedule" {
		l.Says += fmt.Sprintf("; it warns, and stops %d minutes later", e.stop.Trigger.Warn/time.Minute)
	}
	switch {
	case s.is.State != types.ScheduleStateEnabled:
		l.Level, l.Mend = ToDo, []string{e.deploy("ScheduleState", "ENABLED")}
	case err != nil:
		l.Level, l.Says = Unknown, l.Says+"; when it fires next is not known: "+err.Error()
	case len(next) == 0:
		parameter := map[string]string{"schedule": "ScheduleExpression", "watch": "WatchScheduleExpression"}[check]
		l.Level, l.Says, l.Mend = Wrong, l.Says+": it never fires again", []string{e.deploy(parameter, "cron(0 19 * * ? *)")}
	}
	e.say(l)
	return next
}

// upcoming are the next firings, and a line for each of them and for each that is skipped
// before them.
func (e *exam) upcoming(fires firings, zone *time.Location) (next []time.Time, lines []string) {
	var skip []string
	if e.stop != nil {
		skip = e.stop.Trigger.SkipDates
	}
	at := e.Now()
	for len(next) < shown && len(lines) < 4*shown {
		if at = fires(at); at.IsZero() {
			break
		}
		line := at.In(zone).Format(timeFormat)
		if date := at.In(e.zone).Format(time.DateOnly); slices.Contains(skip, date) {
			line += ", skipped: " + date + " is one of SkipDates"
		} else {
			next = append(next, at)
		}
		lines = append(lines, line)
	}
	return next, lines
}

// start says when what the next stops leave off is started again.
func (e *exam) start(stops []time.Time) {
	const check = "start"
	if e.stop == nil {
		e.say(Line{Level: Skipped, Check: check, Says: "the settings are not known"})
		return
	}
	m := e.stop.Mornings
	if m.StartTime == "" {
		e.say(Line{Level: OK, Check: check, Says: "nothing is started again: StartTime is empty"})
		return
	}
	times, err := daily.Parse(m.StartTime, m.StartDays)
	switch {
	case m.Mistake != "":
		e.say(Line{Level: Skipped, Check: check, Says: "nothing is started again, see settings"})
		return
	case err != nil:
		e.say(Line{Level: Wrong, Check: check, Says: "nothing is started again: " + err.Error(), Mend: []string{e.deploy("StartTime", "07:00")}})
		return
	}
	l := Line{Level: OK, Check: check, Says: fmt.Sprintf("StartTime %s in %s on %s", m.StartTime, e.zone, m.StartDays)}
	for _, stop := range stops {
		stop = stop.Add(e.stop.Trigger.Warn)
		if at, ok := times.Next(stop, e.zone, m.SkipDates); ok {
			l.More = append(l.More, fmt.Sprintf("%s, after the stop of %s", at.In(e.zone).Format(timeFormat), stop.In(e.zone).Format(timeFormat)))
			continue
		}
		l.Level, l.Mend = Wrong, []string{e.deploy("StartSkipDates", "")}
		l.More = append(l.More, fmt.Sprintf("none within 100 days of the stop of %s: StartSkipDates leave out all of them", stop.In(e.zone).Format(timeFormat)))
	}
	e.say(l)
}
