package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"zenstop/internal/daily"
	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// schedule is one of the schedules of the stack.
type schedule struct {
	is   *scheduler.GetScheduleOutput // nil: line says why
	line Line
}

// The logical ids of the schedules in the template.
const (
	stopSchedule  = "StopFunctionSchedule"
	watchSchedule = "WatchSchedule"
)

func (e *exam) readSchedule(ctx context.Context, logicalID string) schedule {
	if e.unlisted != "" {
		return schedule{line: Line{Level: Unknown, Says: e.unlisted}}
	}
	for _, r := range e.resources["AWS::Scheduler::Schedule"] {
		if aws.ToString(r.LogicalResourceId) != logicalID {
			continue
		}
		is, err := e.AWS.Schedules.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: r.PhysicalResourceId})
		if err != nil {
			return schedule{line: e.unseen("scheduler:GetSchedule", err)}
		}
		return schedule{is: is}
	}
	if logicalID == watchSchedule {
		return schedule{line: Line{Level: OK, Says: "there is none: WatchScheduleExpression is empty"}}
	}
	return schedule{line: Line{Level: Wrong, Says: "the stack has no schedule", Mend: []string{e.redeploy()}}}
}

func (e *exam) lookAtSchedule(context.Context) Line {
	l, next := e.upcoming(e.stop, false, "ScheduleExpression")
	if e.settings != nil && e.settings.Trigger.Warn > 0 {
		l.Says += fmt.Sprintf("; it warns, and stops %d minutes later", e.settings.Trigger.Warn/time.Minute)
	}
	e.next = next
	return l
}

func (e *exam) lookAtWatch(context.Context) Line {
	l, _ := e.upcoming(e.watch, true, "WatchScheduleExpression")
	return l
}

// Bounds of what is shown of a schedule.
const (
	mostFirings = 3
	mostDates   = 12   // with those that are skipped
	mostSkipped = 1000 // dates
	timeFormat  = "Mon 2006-01-02 15:04 -07:00"
)

// upcoming says what a schedule does next, and returns its firings on dates that are not
// skipped. The schedule only checks, or stops. The parameter is that of its expression.
func (e *exam) upcoming(s schedule, checks bool, parameter string) (l Line, next []time.Time) {
	if s.is == nil {
		return s.line, nil
	}
	if e.outputs["StopFunctionArn"] == "" {
		return Line{Level: Skipped, Says: "the stack has no output StopFunctionArn"}, nil
	}
	expression, zoneName := aws.ToString(s.is.ScheduleExpression), aws.ToString(s.is.ScheduleExpressionTimezone)
	l = Line{Level: OK, Says: fmt.Sprintf("%s, %s in %s", s.is.State, expression, zoneName)}
	zone, err := time.LoadLocation(zoneName)
	if err == nil {
		var fires firings
		if fires, err = readExpression(expression, zone, aws.ToTime(cmp.Or(s.is.StartDate, s.is.CreationDate))); err == nil {
			next, l.More = e.dates(s.within(fires), zone)
		}
	}
	switch drifted := e.drifted(s, checks); {
	case drifted != "":
		return e.byHand(l.Says + ": " + drifted), nil
	case e.settings != nil && e.settings.Trigger.ScheduleMistake != "" && s.is.State == types.ScheduleStateEnabled:
		return Line{Level: Skipped, Says: l.Says + ": each firing is refused, see settings"}, nil
	case e.disabledByHand(s):
		return e.byHand(l.Says + ": somebody has disabled it"), nil
	case s.is.State != types.ScheduleStateEnabled && e.unused:
		l.Says += ": only alarms and requests stop machines"
	case err == nil && len(next) == 0 && len(l.More) > 0:
		l.Level, l.Says, l.Mend = Wrong, l.Says+": it never fires on a date that is not skipped", []string{e.deploy("SkipDates", "VALUE")}
		l.More = append(l.More, "SkipDates is "+strings.Join(e.settings.Trigger.SkipDates, ","))
	case err == nil && len(next) == 0:
		l.Level, l.Says, l.Mend = Wrong, l.Says+": it never fires again", []string{e.deploy(parameter, "VALUE")}
	case s.is.State != types.ScheduleStateEnabled:
		l.Level, l.Mend = ToDo, []string{e.deploy("ScheduleState", "ENABLED")}
	case err != nil:
		l.Level, l.Says = Unknown, l.Says+"; when it fires next is not known: "+err.Error()
	}
	return l, next
}

// drifted says what the schedule does that a schedule of the stack does not.
func (e *exam) drifted(s schedule, checks bool) string {
	if s.is.Target == nil || aws.ToString(s.is.Target.Arn) != e.outputs["StopFunctionArn"] {
		return "it does not call StopFunction"
	}
	if e.settings == nil {
		return ""
	}
	input := aws.ToString(s.is.Target.Input)
	switch ev := e.decode([]byte(e.input(s))); {
	case ev.Objection != "" && (!checks || e.unused && s.is.State != types.ScheduleStateEnabled): // the line of the target says so
		return ""
	case ev.Objection != "":
		return "each firing is refused: " + ev.Objection
	case ev.Request.Action != power.Stop:
		return "its input asks for a start"
	case ev.Request.Trigger.Kind != runs.KindSchedule:
		return "its input is not that of a schedule of the stack"
	case !strings.Contains(input, "<aws.scheduler.schedule-arn>") || !strings.Contains(input, "<aws.scheduler.scheduled-time>"):
		return "its input does not say which firing it is"
	case ev.Request.DryRun:
		return "its input asks for a dry run"
	case ev.Request.CheckOnly != checks:
		return fmt.Sprintf("its input has checkOnly %v", ev.Request.CheckOnly)
	}
	return ""
}

// disabledByHand reports whether the stack has enabled the schedule, and somebody has disabled it.
func (e *exam) disabledByHand(s schedule) bool {
	return s.is.State != types.ScheduleStateEnabled && e.parameters["ScheduleState"] == "ENABLED"
}

// within leaves out the firings before the schedule's start and after its end.
func (s schedule) within(fires firings) firings {
	return func(after time.Time) time.Time {
		if start := s.is.StartDate; start != nil && after.Before(*start) {
			after = start.Add(-time.Second)
		}
		at := fires(after)
		if end := s.is.EndDate; end != nil && at.After(*end) {
			return time.Time{}
		}
		return at
	}
}

// dates are the next firings, and a line for each of them and for each that is skipped
// before them. Of many that are skipped it goes from one date to the next.
func (e *exam) dates(fires firings, zone *time.Location) (next []time.Time, lines []string) {
	unshown := false
	for at, dates := fires(e.Now()), 0; !at.IsZero() && len(next) < mostFirings && dates < mostSkipped; at = fires(at) {
		line, day := at.In(zone).Format(timeFormat), at.In(e.zone)
		date := day.Format(time.DateOnly)
		switch {
		case e.settings == nil || !slices.Contains(e.settings.Trigger.SkipDates, date):
			next = append(next, at)
		case len(lines) < mostDates:
			line += ", skipped: " + date + " is one of SkipDates"
		default:
			unshown = true
			dates++
			at = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, e.zone).Add(-time.Nanosecond)
			continue
		}
		if unshown {
			lines, unshown = append(lines, "and more that are skipped"), false
		}
		lines = append(lines, line)
	}
	return next, lines
}

// lookAtStart says when what the next stops leave off is started again.
func (e *exam) lookAtStart(context.Context) Line {
	if e.settings == nil {
		return Line{Level: Skipped, Says: "the settings are not known"}
	}
	m := e.settings.Mornings
	times, err := daily.Parse(m.StartTime, m.StartDays)
	switch {
	case m.StartTime == "":
		return Line{Level: OK, Says: "nothing is started again: StartTime is empty"}
	case m.Mistake != "" || e.settings.Trigger.Zone == nil:
		return Line{Level: Skipped, Says: "nothing is started again, see settings"}
	case err != nil:
		at := "StartTime"
		if _, err := daily.Parse(m.StartTime, "MON"); err == nil {
			at = "StartDays"
		}
		return Line{Level: Wrong, Says: "nothing is started again: " + err.Error(), Mend: []string{e.deploy(at, "VALUE")}}
	}
	l := Line{Level: OK, Says: fmt.Sprintf("StartTime %s in %s on %s", m.StartTime, e.zone, m.StartDays)}
	for _, stop := range e.next {
		stop = stop.Add(e.settings.Trigger.Warn)
		at, ok := times.Next(stop, e.zone, m.SkipDates)
		says := at.In(e.zone).Format(timeFormat)
		if !ok {
			says, l.Level, l.Mend = "none within 100 days: StartSkipDates is "+strings.Join(m.SkipDates, ","), Wrong, []string{e.deploy("StartSkipDates", "VALUE")}
		}
		l.More = append(l.More, says+" after the stop of "+stop.In(e.zone).Format(timeFormat))
	}
	return l
}
