package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"zenstop/internal/proof/local/stack"
)

// longest is more than an execution can take: its definition allows 358 days.
const longest = 359 * 24 * time.Hour

// runOnce is make run.
func runOnce(ctx context.Context, o stack.Options, event string, out *screen) error {
	if _, err := eventFile(event, time.Now()); err != nil {
		return err // before a minute of building and deploying
	}
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	return send(ctx, s, event, out, false)
}

// send delivers an event, follows its run, prints the report and what to do next.
func send(ctx context.Context, s *stack.Stack, path string, out *screen, staysUp bool) error {
	event, err := eventFile(path, time.Now())
	if err != nil {
		return err
	}
	run, err := s.Send(ctx, event)
	if err != nil {
		return err
	}
	stack.Step(out, "send", fmt.Sprintf("%s (%v)", path, event["detail-type"]))
	e, err := follow(ctx, s, run, out)
	if err != nil {
		return err
	}
	e, err = followFurther(ctx, s, e, out)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Next: "+next(e, staysUp))
	if !e.Run.Outcome.Good() {
		return errNotGood
	}
	return nil
}

// follow shows the progress of a run until its end, and its report.
func follow(ctx context.Context, s *stack.Stack, run string, out *screen) (stack.Execution, error) {
	progress := display{screen: out}
	e, err := s.Follow(ctx, run, longest, progress.show)
	progress.end()
	if err != nil {
		return e, err
	}
	report(out, e, false)
	pictureOf(ctx, s, run, out)
	return e, nil
}

// followFurther follows each run that comes back to what the run has kept, or starts again what
// it has stopped. It returns the first of all these that did not end well, or else the last.
func followFurther(ctx context.Context, s *stack.Stack, e stack.Execution, out *screen) (stack.Execution, error) {
	end, first := e, e.Name
	for followed := []string{}; ; {
		runs, err := s.Further(ctx, first)
		runs = slices.DeleteFunc(runs, func(run string) bool { return slices.Contains(followed, run) })
		if err != nil || len(runs) == 0 {
			return end, err
		}
		run := runs[len(runs)-1] // the oldest
		what := "holds until the keep ends, and reads the tag again"
		if strings.HasSuffix(run, "-start") {
			what = "holds until the time of the start, and starts what was stopped"
		}
		stack.Step(out, "next", run+" "+what+"; Ctrl-C ends this command")
		back, err := follow(ctx, s, run, out)
		if err != nil {
			return end, err
		}
		if followed = append(followed, run); end.Run.Outcome.Good() {
			end = back
		}
	}
}
