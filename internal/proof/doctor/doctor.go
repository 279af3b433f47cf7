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
	Unknown Level = "unknown" // AWS did not let it be looked at
	Skipped Level = "skipped" // it needs what another check did not find
)

// Line is what a check says.
type Line struct {
	Level Level
	Check string
	Says  string
	More  []string // details, each a line of its own
	Mend  []string // commands that mend it, or that show what is to be mended
}

// Write writes the line, with its details and commands indented below it.
func (l Line) Write(w io.Writer) {
	fmt.Fprintf(w, "%-8s %-15s %s\n", l.Level, l.Check, l.Says)
	for _, more := range l.More {
		fmt.Fprintf(w, "%25s%s\n", "", more)
	}
	for _, command := range l.Mend {
		fmt.Fprintf(w, "%25s$ %s\n", "", command)
	}
}

// Shell is how commands begin that reach the AWS of the stack.
type Shell struct {
	AWS    string // the AWS CLI
	Deploy string // the SAM CLI's deploy of this stack
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

	show      func(Line)
	healthy   bool
	outputs   map[string]string                       // nil: there is no stack
	resources map[string][]types.StackResourceSummary // by type
	unlisted  string                                  // why they are not known
	stop      *settings.Stop                          // nil: not known
	schedules schedules
	useless   string         // why a dry run cannot get an answer of Zenlayer; "": it may
	zone      *time.Location // of the settings; UTC where they have none
}

// Examine hands each line to show as soon as it is known, and reports whether all are
// OK. The error says that the stack could not be looked at at all.
func (d Doctor) Examine(ctx context.Context, show func(Line)) (healthy bool, err error) {
	e := &exam{Doctor: d, show: show, healthy: true, zone: time.UTC}
	if err := e.lookAtStack(ctx); err != nil {
		return false, err
	}
	for _, look := range []func(context.Context){
		e.listResources, e.lookAtSettings, e.lookAtSecret, e.readSchedules, e.lookAtTargets, e.lookAtSchedules,
		e.lookAtTopic, e.lookAtAlarms, e.lookAtQueue, e.lookAtRuns,
	} {
		if look(ctx); ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	return e.healthy, nil
}

// say hands a line out.
func (e *exam) say(l Line) {
	e.healthy = e.healthy && l.Level == OK
	e.show(l)
}

// output returns an output of the stack. Where there is none, the check is skipped.
func (e *exam) output(check, name string) (string, bool) {
	value := e.outputs[name]
	switch {
	case e.outputs == nil:
		e.say(e.unresolved(check))
	case value == "":
		e.say(Line{Level: Skipped, Check: check, Says: "the stack has no output " + name})
	}
	return value, value != ""
}

// aws is a command of the AWS CLI.
func (e *exam) aws(format string, args ...any) string {
	return e.Shell.AWS + " " + fmt.Sprintf(format, args...)
}

// deploy is the command that sets a parameter. Within double quotes of the value the SAM
// CLI wants a backslash before each further one: see docs/settings.md.
func (e *exam) deploy(parameter, value string) string {
	if !text.MadeOf(value, text.Names, 1, len(value)) {
		value = `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
		return fmt.Sprintf("%s --parameter-overrides '%s=%s'", e.Shell.Deploy, parameter, value)
	}
	return fmt.Sprintf("%s --parameter-overrides %s=%s", e.Shell.Deploy, parameter, value)
}

// unresolved is the line of a check whose resource is not known.
func (e *exam) unresolved(check string) Line {
	if e.outputs == nil {
		return Line{Level: Skipped, Check: check, Says: "there is no stack"}
	}
	return Line{Level: Unknown, Check: check, Says: "the stack's resources are not known. " + e.unlisted}
}
