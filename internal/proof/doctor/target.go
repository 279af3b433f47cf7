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

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// target is one of the targets of the stack.
type target struct {
	name string          // of the parameter
	json json.RawMessage // nil: nothing to ask for, and line says why
	line Line
}

// nobody is an id that no instance has.
const nobody = `{"instanceIds":["zenstop-doctor-no-such-instance"]}`

// lookAtTargets reads the targets, and sends a dry run of each. Without a target a dry run
// of nobody still shows whether Zenlayer takes the credentials.
func (e *exam) lookAtTargets(ctx context.Context) {
	targets := []target{e.scheduleTarget(e.schedules.stop), e.alarmTarget()}
	zenlayer, asked := Line{Level: Skipped, Check: "Zenlayer", Says: e.useless}, map[string]answer{}
	if e.useless == "" {
		zenlayer = e.ask(ctx, targets, asked)
	}
	e.say(zenlayer)
	for _, t := range targets {
		if t.json == nil {
			e.say(t.line)
			continue
		}
		l := Line{Level: Skipped, Check: t.name, Says: "it can be read; whom it matches is not known, see Zenlayer"}
		if a, ok := asked[string(t.json)]; ok && a.answered {
			l = e.matched(t.name, a)
		}
		e.say(l)
	}
}

// ask sends the dry runs, and says what came of them at Zenlayer. It ends at the first one
// that got no answer of Zenlayer: the next would get none either.
func (e *exam) ask(ctx context.Context, targets []target, asked map[string]answer) Line {
	function := e.outputs["StopFunctionName"]
	switch {
	case e.outputs == nil:
		return e.unresolved("Zenlayer")
	case function == "" || e.outputs["StopWorkflowArn"] == "":
		return Line{Level: Skipped, Check: "Zenlayer", Says: "the stack lacks the output StopFunctionName or StopWorkflowArn"}
	}
	l := Line{Level: Skipped, Check: "Zenlayer", Says: "no dry run could be sent"}
	ask := func(target string) (goesOn bool) {
		a := e.dryRun(ctx, function, target)
		asked[target] = a
		if a.line.Level != "" {
			l = a.line
		}
		return a.line.Level == OK || a.line.Level == ""
	}
	for _, t := range targets {
		if _, done := asked[string(t.json)]; t.json != nil && !done && !ask(string(t.json)) {
			return l
		}
	}
	if l.Level != OK {
		ask(nobody)
	}
	return l
}

// scheduleTarget reads the target out of the event that the schedule sends, by the decoder
// of StopFunction.
func (e *exam) scheduleTarget(s schedule) target {
	t := target{name: "ScheduleTarget"}
	if s.is == nil || e.stop == nil {
		t.line = Line{Level: Skipped, Check: t.name, Says: "the schedule or the settings are not known"}
		return t
	}
	var event struct {
		Detail struct{ Target json.RawMessage }
	}
	var input string
	if s.is.Target != nil {
		input = aws.ToString(s.is.Target.Input)
	}
	input = strings.NewReplacer("<aws.scheduler.schedule-arn>", aws.ToString(s.is.Arn), "<aws.scheduler.scheduled-time>", e.Now().UTC().Format(time.RFC3339)).Replace(input)
	if json.Unmarshal([]byte(input), &event) == nil && isEmpty(event.Detail.Target) {
		t.line = Line{Level: ToDo, Check: t.name, Says: "it is not set", Mend: e.setTarget(t.name)}
		return t
	}
	return e.decoded(t, []byte(input), event.Detail.Target)
}

// isEmpty reports whether it is the template's default, which names nobody.
func isEmpty(target json.RawMessage) bool {
	var of struct {
		InstanceIDs []string
		Filter      any
	}
	return json.Unmarshal(target, &of) == nil && len(of.InstanceIDs) == 0 && of.Filter == nil
}

// alarmTarget reads the setting by the decoder of StopFunction, with an alarm that has no
// dimension InstanceId.
func (e *exam) alarmTarget() target {
	t := target{name: "AlarmTarget"}
	switch {
	case e.stop == nil:
		t.line = Line{Level: Skipped, Check: t.name, Says: "the settings are not known"}
		return t
	case strings.TrimSpace(e.stop.Trigger.AlarmTarget) == "":
		t.line = Line{Level: OK, Check: t.name, Says: "it is not set: only alarms with the dimension InstanceId stop anything"}
		return t
	}
	event, _ := json.Marshal(map[string]any{ // of texts only
		"id": "doctor", "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "time": e.Now().UTC().Format(time.RFC3339),
		"detail": map[string]any{
			"alarmName": e.stop.Trigger.AlarmNamePrefix + "doctor", "state": map[string]string{"value": "ALARM"}, "previousState": map[string]string{"value": "OK"},
		},
	})
	return e.decoded(t, event, json.RawMessage(e.stop.Trigger.AlarmTarget))
}

// decoded is the target, or says what the decoder objects to in it.
func (e *exam) decoded(t target, event []byte, raw json.RawMessage) target {
	s := e.stop.Trigger
	s.ScheduleMistake, s.Zone = "", e.zone // the line of the settings has said what is wrong with these
	if objection := trigger.Decode(event, s, e.Now()).Objection; objection != "" {
		t.line = Line{Level: Wrong, Check: t.name, Says: "it cannot be read: " + objection, Mend: e.setTarget(t.name)}
		return t
	}
	t.json = raw
	return t
}

// setTarget is the command that sets a target.
func (e *exam) setTarget(parameter string) []string {
	return []string{e.deploy(parameter, `{"instanceIds":["ID"]}`)}
}

// matched says whom a target matches now.
func (e *exam) matched(name string, a answer) Line {
	l := Line{Level: Wrong, Check: name, Mend: e.setTarget(name)}
	if a.refused != "" {
		l.Says = "the dry run was refused: " + a.refused
		return l
	}
	ids, bad := map[string][]string{}, 0
	for _, in := range a.run.Instances {
		is := string(in.Verdict)
		switch {
		case in.Verdict == power.Open && in.Status == "":
			is = notListed
		case in.Verdict == power.Open:
			is = in.Status
		}
		if is == notListed || in.Verdict != power.Open && !in.Verdict.Good() {
			bad++
		}
		ids[is] = append(ids[is], in.ID)
	}
	all := len(a.run.Instances) + a.run.Omitted
	for _, is := range slices.Sorted(maps.Keys(ids)) {
		l.More = append(l.More, fmt.Sprintf("%d %s: %s", len(ids[is]), is, some(ids[is])))
	}
	if a.run.Omitted > 0 {
		l.More = append(l.More, fmt.Sprintf("%d more with a good verdict, for which the report has no room", a.run.Omitted))
	}
	l.More = append(l.More, a.run.Notes...)
	switch {
	case len(ids[notListed]) == all:
		l.Says = "it matches nobody: Zenlayer lists none of its instances"
	case bad > 0:
		l.Says = fmt.Sprintf("%d of its %d instances cannot be stopped:", bad, all)
	default:
		l.Level, l.Says, l.Mend = OK, fmt.Sprintf("instances that it matches now: %d", all), nil
	}
	return l
}

const notListed = "not listed by Zenlayer"

const mostIDs = 10

// some are the first ids, and how many more there are.
func some(ids []string) string {
	s := strings.Join(ids[:min(len(ids), mostIDs)], ", ")
	if more := len(ids) - mostIDs; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// answer is what came of a dry run.
type answer struct {
	line     Line // about Zenlayer; the level is empty where the run never came to ask it
	answered bool // by the guards or by Zenlayer; the next two say what
	refused  string
	run      runs.Run
}
