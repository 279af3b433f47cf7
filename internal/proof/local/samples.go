package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zenstop/internal/proof/local/stack"
)

// eventFile reads an event for the stack, with a fresh id and the time now.
func eventFile(path string, now time.Time) (map[string]any, error) {
	event, err := stack.Event(path, now)
	return event, orSamples(err, path, stack.Event)
}

// sampleFile reads any sample, a call of the workflow too.
func sampleFile(path string, now time.Time) (map[string]any, error) {
	sample, err := stack.Sample(path, now)
	return sample, orSamples(err, path, stack.Sample)
}

// orSamples adds to the error about a file that does not exist those that do and
// that can be read so.
func orSamples(err error, path string, read func(string, time.Time) (map[string]any, error)) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	samples, _ := filepath.Glob("events/*.json") // the pattern is right, so there is no error
	samples = slices.DeleteFunc(samples, func(sample string) bool { _, err := read(sample, time.Time{}); return err != nil })
	return fmt.Errorf("there is no event file %q; EVENT is a file of your own or one of\n  %s", path, strings.Join(samples, "\n  "))
}
