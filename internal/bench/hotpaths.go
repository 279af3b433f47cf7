package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// benchstat is the program that compares benchmarks, and its version.
const benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

// hotPaths runs the Go benchmarks and returns what benchstat says of them. It compares
// them with the saved ones, or saves them where there are none yet.
func hotPaths(ctx context.Context, root string) (table string, compared bool, err error) {
	dir := filepath.Join(root, ".local", "bench")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", false, err
	}
	results, err := output(ctx, root, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", "300ms", "-count", "6", "./...")
	if err != nil {
		return "", false, err
	}
	before, after := filepath.Join(dir, "before.txt"), filepath.Join(dir, "after.txt")
	if err := os.WriteFile(after, results, 0o600); err != nil {
		return "", false, err
	}
	files := []string{"before=" + before, "after=" + after}
	if _, err := os.Stat(before); errors.Is(err, fs.ErrNotExist) {
		files = []string{"now=" + after}
		if err := os.WriteFile(before, results, 0o600); err != nil {
			return "", false, err
		}
	}
	text, err := output(ctx, root, "go", append([]string{"run", benchstat, "-filter", ".unit:(sec/op OR allocs/op)"}, files...)...)
	return strings.TrimSpace(string(text)), len(files) > 1, err
}

// output runs a command in the checkout and returns what it writes.
func output(ctx context.Context, root, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the commands are those above
	cmd.Dir = root
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out, failure.Bytes())
	}
	return out, nil
}
