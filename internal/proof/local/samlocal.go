package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"zenstop/internal/proof/local/stack"
)

// samLocal is make test-sam-local: it runs every sample through `sam local
// invoke`, against a stack that listens where containers reach it. Where Docker is
// not there it says so, and that is no failure.
func samLocal(ctx context.Context, o stack.Options, out io.Writer) error {
	if err := exec.CommandContext(ctx, "docker", "info").Run(); err != nil {
		fmt.Fprintln(out, "not run: sam local invoke needs Docker, and `docker info` does not answer here")
		return nil
	}
	if o.Host == "" {
		host, err := bridgeAddress()
		if err != nil {
			return err
		}
		o.Host = host
	}
	samples, err := inOrder("events/*.json")
	if err != nil {
		return err
	}
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := writeEnv(s); err != nil {
		return err
	}
	failed := 0
	for _, path := range samples {
		says := "ok"
		if err := trySample(ctx, s, path); err != nil {
			failed++
			says = err.Error()
		}
		fmt.Fprintf(out, "%-36s %s\n", path, says)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d samples failed", failed, len(samples))
	}
	fmt.Fprintf(out, "%d passed, 0 failed\n", len(samples))
	return nil
}

// inOrder lists the samples, those that start no execution first: so that what the
// simulator sees then is their work alone.
func inOrder(pattern string) ([]string, error) {
	all, err := filepath.Glob(pattern)
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("no samples in %s: %w", pattern, err)
	}
	isEvent := func(path string) bool { return answers()[filepath.Base(path)].verdicts == nil }
	return slices.Concat(slices.DeleteFunc(slices.Clone(all), isEvent), slices.DeleteFunc(all, func(path string) bool { return !isEvent(path) })), nil
}

// trySample runs one sample on a fresh scenario and compares the function's answer
// and what the function asked of Zenlayer.
func trySample(ctx context.Context, s *stack.Stack, path string) error {
	want, ok := answers()[filepath.Base(path)]
	if !ok {
		return fmt.Errorf("internal/proof/local/answers.go does not say what the function answers")
	}
	sample, err := stack.Sample(path, time.Now())
	if err != nil {
		return err
	}
	if err := s.ResetSimulator(ctx); err != nil {
		return err
	}
	var got answer
	into := any(&got)
	if want.reports {
		into = &struct{ Run *answer }{&got}
	}
	if err := invokeLocally(ctx, s, want.function, sample, into); err != nil {
		return err
	}
	if err := want.check(got); err != nil || want.verdicts == nil {
		return err
	}
	return want.checkSimulator(ctx, s)
}
