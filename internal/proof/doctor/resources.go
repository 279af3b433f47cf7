package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// entry finds the place that the description of an alarm names.
var entry = regexp.MustCompile(`docs/operations\.md, entry [\w-]+`)

// The ways in which a resource is not right. A line counts them in this order.
const (
	inAlarm  = "in ALARM"
	disabled = "disabled"
	deleted  = "deleted"
)

// resources are those of the stack that have one type, and what is not right with them.
type resources struct {
	all    int
	line   Line
	faults map[string]int
	unseen []string // why some are not known
}

// fault notes that a resource is not right.
func (r *resources) fault(kind, says, mend string) {
	if r.faults == nil {
		r.faults = map[string]int{}
	}
	r.faults[kind]++
	if r.line.More = append(r.line.More, says); !slices.Contains(r.line.Mend, mend) {
		r.line.Mend = append(r.line.Mend, mend)
	}
}

// summary is the line of them all, for which these kinds of faults were looked for.
func (r *resources) summary(kinds ...string) Line {
	var found []string
	for _, kind := range kinds {
		if n := r.faults[kind]; n > 0 {
			found = append(found, fmt.Sprintf("%d %s", n, kind))
		}
	}
	l := r.line
	l.More = append(l.More, r.unseen...)
	if len(r.unseen) > 0 && len(found) == 0 {
		return Line{Level: Unknown, Says: r.unseen[0], More: r.unseen[1:]}
	}
	if l.Level, l.Says = OK, fmt.Sprintf("%d, none %s", r.all, strings.Join(kinds, " or ")); len(found) > 0 {
		l.Level, l.Says = Wrong, fmt.Sprintf("of %d: %s", r.all, strings.Join(found, ", "))
	}
	l.More, l.Mend = few(l.More), few(l.Mend)
	return l
}

// lookAtAlarms says which alarms of the stack are on, and which cannot tell anybody.
func (e *exam) lookAtAlarms(ctx context.Context) Line {
	if e.unlisted != "" {
		return Line{Level: Unknown, Says: e.unlisted}
	}
	names := e.namesOf("AWS::CloudWatch::Alarm")
	alarms, err := e.alarms(ctx, names)
	if err != nil {
		return e.unseen("cloudwatch:DescribeAlarms", err)
	}
	r := resources{all: len(names)}
	for _, name := range names {
		a, ok := alarms[name]
		if !ok {
			r.fault(deleted, name+" is deleted: "+makeAgain, e.drift())
			continue
		}
		if a.StateValue == types.StateValueAlarm {
			since, place := aws.ToTime(a.StateUpdatedTimestamp).In(e.zone).Format(timeFormat), entry.FindString(aws.ToString(a.AlarmDescription))
			r.fault(inAlarm, fmt.Sprintf("%s is in ALARM since %s: %s", name, since, place),
				e.aws("cloudwatch describe-alarm-history --history-item-type StateUpdate --max-items 3 --alarm-name %s", name))
		}
		if !aws.ToBool(a.ActionsEnabled) {
			r.fault(disabled, name+" tells nobody: its actions are disabled", e.aws("cloudwatch enable-alarm-actions --alarm-names %s", name))
		}
	}
	return r.summary(inAlarm, disabled, deleted)
}

// alarms describes the alarms that are there, by their names.
func (e *exam) alarms(ctx context.Context, names []string) (map[string]types.MetricAlarm, error) {
	const perCall = 100 // names that CloudWatch takes at once
	alarms := map[string]types.MetricAlarm{}
	for some := range slices.Chunk(names, perCall) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(e.AWS.Alarms, &cloudwatch.DescribeAlarmsInput{AlarmNames: some})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, a := range page.MetricAlarms {
				alarms[aws.ToString(a.AlarmName)] = a
			}
		}
	}
	return alarms, nil
}

// lookAtRules says which rules of the stack let no event through.
func (e *exam) lookAtRules(ctx context.Context) Line {
	if e.unlisted != "" {
		return Line{Level: Unknown, Says: e.unlisted}
	}
	names := e.namesOf("AWS::Events::Rule")
	r := resources{all: len(names)}
	for _, name := range names {
		is, bus, err := e.rule(ctx, name)
		switch {
		case err != nil:
			if why := whyUnseen("events:DescribeRule", err); !slices.Contains(r.unseen, why) {
				r.unseen = append(r.unseen, why)
			}
		case is == nil:
			r.fault(deleted, name+" is deleted: "+makeAgain, e.drift())
		case is.State == ebtypes.RuleStateDisabled:
			r.fault(disabled, name+" is DISABLED", e.aws("events enable-rule --name %s --event-bus-name %s", aws.ToString(is.Name), bus))
		}
	}
	return r.summary(disabled, deleted)
}

// rule describes a rule by its physical id: bus and name with a bar between them, or the name alone;
// nil: there is none. The local AWS gives the name alone also for a rule of another bus than default.
func (e *exam) rule(ctx context.Context, id string) (is *eventbridge.DescribeRuleOutput, bus string, err error) {
	bus, name, whole := strings.Cut(id, "|")
	buses := []string{bus}
	if !whole {
		name, buses = id, []string{"default", cmp.Or(e.parameters["EventBusName"], "default")}
	}
	for _, bus = range buses {
		is, err = e.AWS.Rules.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
		if _, none := errors.AsType[*ebtypes.ResourceNotFoundException](err); !none {
			return is, bus, err
		}
	}
	return nil, "", nil
}

// namesOf are the names of the stack's resources of a type.
func (e *exam) namesOf(kind string) (names []string) {
	for _, r := range e.resources[kind] {
		names = append(names, aws.ToString(r.PhysicalResourceId))
	}
	return names
}
