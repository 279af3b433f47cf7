// Package doctor looks at a deployed stack, and says of each part whether it is right,
// wrong or still to be set up, and what mends it. It reads, and sends dry runs to
// StopFunction; it changes nothing.
package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"zenstop/internal/settings"
	"zenstop/internal/text"
)

// Level says how a check came out.
type Level string

// The levels. A stack is healthy where every line is OK.
const (
	OK      Level = "ok"
	Wrong   Level = "wrong"   // it does not work now
	ToDo    Level = "to do"   // it is not set up yet
	Unknown Level = "unknown" // AWS did not say, or it is not worked out here
	Skipped Level = "skipped" // it needs what another check did not find
)

// Line is what a check says.
type Line struct {
	Level Level
	Says  string
	More  []string // details, each a line of its own
	Mend  []string // commands that mend it, or that show what is to be mended
	Check string   // its name
}

// Write writes the line, with its details and commands indented below it. What comes from AWS or
// from a subscriber cannot write a line of its own, or steer a terminal.
func (l Line) Write(w io.Writer) {
	fmt.Fprintf(w, "%-8s %-15s %s\n", l.Level, l.Check, text.Line(l.Says))
	for _, more := range l.More {
		fmt.Fprintf(w, "%25s%s\n", "", text.Line(more))
	}
	for _, command := range l.Mend {
		fmt.Fprintf(w, "%25s$ %s\n", "", text.Line(command))
	}
}

// Shell is how commands begin that reach the AWS of the stack.
type Shell struct {
	AWS    string // the AWS CLI
	Deploy string // the SAM CLI's deploy of this stack
	New    string // the first deploy of a stack, which asks for its settings
}

// Doctor examines one stack.
type Doctor struct {
	AWS   Services
	Stack string // its name or ARN
	Shell Shell
	Now   func() time.Time
}

// exam is one examination. What a check finds out is there for those after it.
type exam struct {
	Doctor

	id          string                                  // of the stack: its ARN
	absent      string                                  // why there is nothing to look at; "": there is a stack of zenstop
	outputs     map[string]string                       // of the stack
	unwhole     string                                  // why most of it is not looked at
	parameters  map[string]string                       // of the stack
	resources   map[string][]types.StackResourceSummary // by type
	unlisted    string                                  // why they are not known
	settings    *settings.Stop                          // nil: not known
	zone        *time.Location                          // of the settings; UTC where they have none
	stop, watch schedule
	unused      bool   // the schedule has no target, and is disabled
	useless     string // why Zenlayer cannot be asked: what is wrong with the secret
	targets     map[string]target
	next        []time.Time // firings of the schedule that stops
}

// check is one check. It is skipped where the stack lacks an output that it needs.
type check struct {
	name, output string
	look         func(context.Context) Line
}

// Examine hands each line to show as soon as it is known, and reports whether all are
// OK. The error says that the stack could not be looked at at all.
func (d Doctor) Examine(ctx context.Context, show func(Line)) (healthy bool, err error) {
	e := &exam{Doctor: d, zone: time.UTC, targets: map[string]target{}}
	first, err := e.lookAtStack(ctx)
	if err != nil {
		return false, err
	}
	first.Check, healthy = "stack", first.Level == OK
	show(first)
	e.read(ctx)
	for _, c := range []check{
		{"settings", "StopFunctionName", e.lookAtSettings},
		{"functions", "StopFunctionName", e.lookAtFunctions},
		{"secret", "CredentialsSecretArn", e.lookAtSecret},
		{"Zenlayer", "StopFunctionName", e.lookAtZenlayer},
		{scheduleTarget, "", e.lookAtTarget(scheduleTarget)},
		{alarmTarget, "", e.lookAtTarget(alarmTarget)},
		{"schedule", "", e.lookAtSchedule},
		{"watch", "", e.lookAtWatch},
		{"start", "", e.lookAtStart},
		{"rules", "", e.lookAtRules},
		{"topic", "NotificationTopicArn", e.lookAtTopic},
		{"alarms", "", e.lookAtAlarms},
		{"failure queue", "FailureQueueUrl", e.lookAtQueue},
		{"runs", "StopWorkflowArn", e.lookAtRuns},
	} {
		l := Line{Level: Skipped, Says: "the stack has no output " + c.output}
		switch {
		case e.absent != "":
			l.Says = e.absent
		case e.unwhole != "" && c.name != "runs":
			l.Says = e.unwhole
		case c.output == "" || e.outputs[c.output] != "":
			l = c.look(ctx)
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		l.Check, healthy = c.name, healthy && l.Level == OK
		show(l)
	}
	return healthy, nil
}

// aws is a command of the AWS CLI. It has the arguments as single words of a shell.
func (e *exam) aws(format string, args ...string) string {
	words := make([]any, len(args))
	for i, arg := range args {
		words[i] = Word(arg)
	}
	return e.Shell.AWS + " " + fmt.Sprintf(format, words...)
}

// Word is s as one word of a command that somebody types into a shell.
func Word(s string) string {
	if text.MadeOf(s, text.Names+"/:@.,=+%", 1, len(s)) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// deploy is the command that sets a parameter. Within the double quotes of a value the SAM
// CLI wants a backslash before each further one: see docs/settings.md.
func (e *exam) deploy(parameter, value string) string {
	setting := parameter + "=" + value
	if !text.MadeOf(value, text.Names, 1, len(value)) {
		setting = Word(fmt.Sprintf(`%s="%s"`, parameter, strings.ReplaceAll(value, `"`, `\"`)))
	}
	return e.Shell.Deploy + " --parameter-overrides " + setting
}

// redeploy is the command that deploys the stack with the settings that it has. It names one of
// them, because otherwise the SAM CLI takes those of samconfig.toml, which may be another stack's.
func (e *exam) redeploy() string {
	return e.deploy(telling, e.parameters[telling])
}
