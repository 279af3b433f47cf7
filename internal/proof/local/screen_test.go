package main

import (
	"os"
	"path/filepath"
	"testing"
)

func noEnvironment(string) string { return "" }

func TestAFileAndADeviceThatIsNoTerminalGetPlainLines(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "log"), os.DevNull} {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if s := newScreen(file, noEnvironment); s.colour || s.columns != nil {
			t.Errorf("%s is taken for a terminal", path)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestATextIsPaintedOnlyWhereThereIsColour(t *testing.T) {
	for name, c := range map[string]struct {
		colour     bool
		with, want string
	}{
		"in colour":                {true, red, "\x1b[31mtext\x1b[0m"},
		"without one of its own":   {true, "", "text"},
		"on a screen without them": {false, red, "text"},
	} {
		if got := (&screen{colour: c.colour}).paint(c.with, "text"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
