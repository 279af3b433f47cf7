package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"zenstop/internal/local/stack"
)

// longest is more than a run can take: its longest timeout is 12 hours.
const longest = 13 * time.Hour

// runOnce is make run.
func runOnce(ctx context.Context, o stack.Options, event string, out io.Writer) error {
	if _, err := stack.Event(event, time.Now()); err != nil {
		return err // before a minute of building and deploying
	}
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	return send(ctx, s, event, out)
}

// send delivers an event, follows its run and prints the report.
func send(ctx context.Context, s *stack.Stack, path string, out io.Writer) error {
	event, err := stack.Event(path, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "event: %s (%v)\n", path, event["detail-type"])
	run, err := s.Send(ctx, event)
	if err != nil {
		return err
	}
	show := newDisplay(out)
	e, err := s.Follow(ctx, run, longest, func(p stack.Progress) { show.line(p.String()) })
	show.end()
	if err != nil {
		return err
	}
	stack.Report(out, e)
	pictureOf(ctx, s, run, out)
	if !e.Run.Outcome.Good() {
		return errNotGood
	}
	return nil
}
