package main

import (
	"context"
	"fmt"
	"time"

	"zenstop/internal/local/stack"
)

// longest is more than a run can take: its longest timeout is 12 hours.
const longest = 13 * time.Hour

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
	progress := display{screen: out}
	e, err := s.Follow(ctx, run, longest, progress.show)
	progress.end()
	if err != nil {
		return err
	}
	report(out, e, false)
	pictureOf(ctx, s, run, out)
	fmt.Fprintln(out, "Next: "+next(e, staysUp))
	if !e.Run.Outcome.Good() {
		return errNotGood
	}
	return nil
}
