package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"zenstop/internal/power"
	"zenstop/internal/text"
	"zenstop/internal/trigger"
)

// The parameters that hold targets.
const (
	scheduleTarget = "ScheduleTarget"
	alarmTarget    = "AlarmTarget"
)

// target is one of the targets of the stack: its JSON, or a line on why nothing is asked.
type target struct {
	json   string
	line   Line
	answer answer // of its dry run
}

// nobody is an id that no instance has.
const nobody = `{"instanceIds":["zenstop-doctor-no-such-instance"]}`

// lookAtZenlayer reads the targets, and sends a dry run of each. It ends at the first one
// that got no answer of Zenlayer: the next would get none either. Where none of them came
// to ask Zenlayer, a dry run of nobody still shows whether it takes the credentials.
func (e *exam) lookAtZenlayer(ctx context.Context) Line {
	e.targets[scheduleTarget], e.targets[alarmTarget] = e.readScheduleTarget(), e.readAlarmTarget()
	if e.useless != "" {
		return Line{Level: Skipped, Says: e.useless}
	}
	l := Line{}
	for _, name := range []string{scheduleTarget, alarmTarget} {
		t, warn := e.targets[name], time.Duration(0)
		if name == scheduleTarget && t.json != "" {
			warn = e.settings.Trigger.Warn
		}
		switch {
		case t.json == "":
			continue
		case name == alarmTarget && e.settings.Trigger.Warn == 0 && t.json == e.targets[scheduleTarget].json:
			t.answer = e.targets[scheduleTarget].answer
		default:
			t.answer = e.dryRun(ctx, t.json, warn)
		}
		if e.targets[name] = t; t.answer.line.Level != "" {
			l = t.answer.line
		}
		if l.Level != "" && l.Level != OK {
			return l
		}
	}
	if l.Level == "" {
		if l = e.dryRun(ctx, nobody, 0).line; l.Level == "" {
			l = Line{Level: Skipped, Says: "no dry run came to ask it"}
		}
	}
	return l
}

// lookAtTarget says whom a target matches now.
func (e *exam) lookAtTarget(name string) func(context.Context) Line {
	return func(context.Context) Line {
		switch t, known := e.targets[name]; {
		case !known:
			return Line{Level: Skipped, Says: "it is not known, see Zenlayer"}
		case t.json == "":
			return t.line
		case !t.answer.answered:
			return Line{Level: Skipped, Says: "it can be read; whom it matches is not known, see Zenlayer"}
		case t.answer.refused != "":
			return e.refused(name, t)
		default:
			return e.matched(name, t.answer)
		}
	}
}

// refused is the line of a target whose dry run was refused. What the refusal is not about is not
// to be changed.
func (e *exam) refused(name string, t target) Line {
	l := Line{Level: Wrong, Says: "the dry run was refused: " + t.answer.refused, Mend: e.logs()}
	switch {
	case strings.Contains(t.answer.refused, "(maxInstances)"):
		l.Mend = []string{e.deploy("MaxInstances", "VALUE")}
	case strings.Contains(t.answer.refused, "matches the filter"):
		l.More, l.Mend = now(t.json), e.setTarget(name)
	}
	return l
}

// now shows what a target is, so that it is not lost when the command with another is typed.
func now(json string) []string {
	return []string{"it is " + text.Line(json)}
}

// readScheduleTarget reads the target out of the event that the schedule sends, by the
// decoder of StopFunction.
func (e *exam) readScheduleTarget() target {
	if e.stop.is == nil || e.settings == nil || e.stop.is.Target == nil {
		return target{line: Line{Level: Skipped, Says: "the schedule or the settings are not known"}}
	}
	var event struct {
		Detail struct{ Target json.RawMessage }
	}
	input := e.input(e.stop)
	var of struct {
		InstanceIDs []string
		Filter      any
	}
	if json.Unmarshal([]byte(input), &event) == nil && json.Unmarshal(event.Detail.Target, &of) == nil && len(of.InstanceIDs) == 0 && of.Filter == nil {
		l := Line{Level: ToDo, Says: "it is not set", Mend: e.setTarget(scheduleTarget)} // the template's default
		if e.unused = e.stop.is.State == types.ScheduleStateDisabled && !e.disabledByHand(e.stop); e.unused {
			l.Level, l.Says = OK, l.Says+": the schedule stops nothing, and nothing is to be stopped by it"
		}
		return target{line: l}
	}
	return e.decoded(scheduleTarget, []byte(input), string(event.Detail.Target))
}

// input is the event that a schedule sends now.
func (e *exam) input(s schedule) string {
	return strings.NewReplacer("<aws.scheduler.schedule-arn>", aws.ToString(s.is.Arn), "<aws.scheduler.scheduled-time>", e.Now().UTC().Format(time.RFC3339)).Replace(aws.ToString(s.is.Target.Input))
}

// readAlarmTarget reads the setting by the decoder of StopFunction, with an alarm that has no
// dimension InstanceId.
func (e *exam) readAlarmTarget() target {
	switch {
	case e.settings == nil:
		return target{line: Line{Level: Skipped, Says: "the settings are not known"}}
	case strings.TrimSpace(e.settings.Trigger.AlarmTarget) == "":
		return target{line: Line{Level: OK, Says: "it is not set: only alarms with the dimension InstanceId stop anything"}}
	}
	event, _ := json.Marshal(map[string]any{ // of texts only
		"id": "doctor", "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "time": e.Now().UTC().Format(time.RFC3339),
		"detail": map[string]any{
			"alarmName": e.settings.Trigger.AlarmNamePrefix + "doctor", "state": map[string]string{"value": "ALARM"}, "previousState": map[string]string{"value": "OK"},
		},
	})
	return e.decoded(alarmTarget, event, e.settings.Trigger.AlarmTarget)
}

// decoded is the target, or says what the decoder objects to in it.
func (e *exam) decoded(name string, event []byte, json string) target {
	if objection := e.decode(event).Objection; objection != "" {
		return target{line: Line{Level: Wrong, Says: "it cannot be read: " + objection, More: now(json), Mend: e.setTarget(name)}}
	}
	return target{json: json}
}

// decode reads an event as StopFunction does.
func (e *exam) decode(event []byte) trigger.Event {
	s := e.settings.Trigger
	s.ScheduleMistake, s.Zone, s.SkipDates = "", e.zone, nil // the line of the settings has said what is wrong with these
	return trigger.Decode(event, s, e.Now())
}

// setTarget is the command that sets a target.
func (e *exam) setTarget(parameter string) []string {
	return []string{e.deploy(parameter, `{"instanceIds":["ID"]}`)}
}

const (
	notListed  = "not listed by Zenlayer"
	notSeen    = "of which no status is seen"
	unreadable = "in a row of Zenlayer's answer that cannot be read"
	mostIDs    = 10 // that a line names
)

// found is what a dry run has found of an instance: its verdict, or else its status, or why none is known.
func found(in *power.Instance) string {
	switch {
	case strings.HasPrefix(in.Note, power.NoteUnreadable):
		return unreadable
	case in.Verdict != power.Open:
		return string(in.Verdict)
	case in.Status != "":
		return in.Status
	case strings.HasPrefix(in.Note, power.NoteAbsent):
		return notListed
	}
	return notSeen + " (" + in.Note + ")"
}

// matched counts the instances of a dry run by their verdicts, or else their statuses.
func (e *exam) matched(name string, a answer) Line {
	ids, unclear, bad, all := map[string][]string{}, 0, 0, len(a.run.Instances)+a.run.Omitted
	for i := range a.run.Instances {
		in := &a.run.Instances[i]
		is := found(in)
		switch {
		case is == unreadable || strings.HasPrefix(is, notSeen):
			unclear++
			bad++
		case is == notListed || in.Verdict != power.Open && !in.Verdict.Good():
			bad++
		}
		ids[is] = append(ids[is], in.ID)
	}
	l := Line{Level: Wrong, Says: fmt.Sprintf("%d of its %d instances cannot be stopped:", bad, all), More: now(e.targets[name].json), Mend: e.setTarget(name)}
	if unclear == bad { // another target would mend nothing
		l.More, l.Mend = nil, e.logs()
	}
	switch {
	case len(ids[notListed]) == all:
		l.Says = "it matches nobody: Zenlayer lists none of its instances"
	case bad == 0 && a.run.Nameless > 0:
		l.Says = fmt.Sprintf("each run of it fails: Zenlayer lists %d instances whose instanceId cannot be read", a.run.Nameless)
	case bad == 0:
		l = Line{Level: OK, Says: fmt.Sprintf("instances that it matches now: %d", all)}
	}
	for _, is := range slices.Sorted(maps.Keys(ids)) {
		more := fmt.Sprintf("%d %s: %s", len(ids[is]), is, strings.Join(ids[is][:min(len(ids[is]), mostIDs)], ", "))
		if n := len(ids[is]) - mostIDs; n > 0 {
			more += fmt.Sprintf(" and %d more", n)
		}
		l.More = append(l.More, more)
	}
	if a.run.Omitted > 0 {
		l.More = append(l.More, fmt.Sprintf("%d more, for which the report has no room", a.run.Omitted))
	}
	l.More = append(l.More, a.run.Notes...)
	return l
}
