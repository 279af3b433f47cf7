package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"zenstop/internal/settings"
)

// parameter finds the parameters that the errors of package settings name.
var parameter = regexp.MustCompile(`\(from (\w+)\)`)

// lookAtSettings reads the settings of both functions as they do it themselves.
func (e *exam) lookAtSettings(ctx context.Context) Line {
	stop, l := e.variables(ctx, "StopFunction")
	if l.Level != "" {
		return l
	}
	s, err := settings.LoadStop(stop)
	if e.settings = &s; s.Trigger.Zone != nil {
		e.zone = s.Trigger.Zone
	}
	mistakes := append(errorLines(err), s.Trigger.ScheduleMistake, s.Mornings.Mistake)
	status, other := e.variables(ctx, "StatusFunction")
	if other.Level == "" {
		_, err = settings.LoadStatus(status)
		for _, mistake := range errorLines(err) {
			mistakes = append(mistakes, "StatusFunction: "+mistake)
		}
	}
	mistakes = slices.DeleteFunc(mistakes, func(m string) bool { return m == "" })
	switch {
	case len(mistakes) == 0 && other.Level != "":
		return other
	case len(mistakes) == 0:
		return Line{Level: OK, Says: "the functions can read all of them"}
	case other.Level != "":
		mistakes = append(mistakes, other.Says)
	}
	l = Line{Level: Wrong, Says: mistakes[0], More: mistakes[1:]}
	for _, m := range parameter.FindAllStringSubmatch(strings.Join(mistakes, "\n"), -1) {
		if command := e.deploy(m[1], "VALUE"); !slices.Contains(l.Mend, command) {
			l.Mend = append(l.Mend, command)
		}
	}
	if len(l.Mend) == 0 { // the template has set it, so somebody has changed it since
		l.More, l.Mend = append(l.More, makeAgain), []string{e.drift()}
	}
	return l
}

// errorLines are the errors that a joined error has.
func errorLines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// variables are the environment variables of a function. The line has a level where they are
// not known.
func (e *exam) variables(ctx context.Context, function string) (getenv func(string) string, failed Line) {
	name := e.outputs[function+"Name"]
	out, err := e.AWS.Functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return nil, e.unseenOf(function, "lambda:GetFunctionConfiguration", err)
	}
	var variables map[string]string
	if env := out.Environment; env != nil {
		if env.Error != nil {
			return nil, Line{Level: Unknown, Says: "Lambda cannot decrypt the settings of " + function + ": " + aws.ToString(env.Error.Message)}
		}
		variables = env.Variables
	}
	return func(key string) string { return variables[key] }, Line{}
}

// lookAtFunctions says whether the functions may run.
func (e *exam) lookAtFunctions(ctx context.Context) Line {
	l := Line{Level: OK, Says: "both may run"}
	for _, function := range []string{"StopFunction", "StatusFunction"} {
		name := e.outputs[function+"Name"]
		out, err := e.AWS.Functions.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name})
		if err != nil {
			failed := e.unseenOf(function, "lambda:GetFunctionConcurrency", err)
			if l.Level == OK {
				l = failed
				continue
			}
			l.More, l.Mend = append(l.More, failed.Says), append(l.Mend, failed.Mend...)
			if failed.Level == Wrong {
				l.Level = Wrong
			}
			continue
		}
		if out.ReservedConcurrentExecutions != nil && *out.ReservedConcurrentExecutions == 0 {
			e.useless = "a function may not run"
			l = e.blocked(l, function)
		}
	}
	return l
}

// blocked adds a function that may not run.
func (e *exam) blocked(l Line, function string) Line {
	const stopped = "somebody has stopped zenstop: see docs/operations.md, Stop everything now. The commands let it go on"
	if l.Level != OK && l.Says != stopped {
		l.More = append(l.More, l.Says)
	}
	l.Level, l.Says = Wrong, stopped
	l.More = append(l.More, fmt.Sprintf("%s may not run: its reserved concurrency is 0", function))
	l.Mend = append(l.Mend, e.aws("lambda delete-function-concurrency --function-name %s", e.outputs[function+"Name"]))
	return l
}
