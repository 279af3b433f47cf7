package stack

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newCheckout is a root that was never set up.
func newCheckout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "internal", "proof", "local"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "proof", "local", "requirements.txt"), []byte("a==1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

// python puts a python3 first in PATH that runs script.
func python(t *testing.T, root, script string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "bin", "python3"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(root, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// makesEnvironment is a python3 whose environments have a pip that notes each call
// in the file calls, and then does what is said.
func makesEnvironment(root, pip string) string {
	return `[ "$1" = -c ] && exit 0
mkdir -p "$4/bin" && touch "$4/bin/python3" && printf '#!/bin/sh\necho called >> "%s/calls"\n` + pip + `\n' "` + root + `" > "$4/bin/pip" && chmod +x "$4/bin/pip"`
}

// installations is how often pip was called.
func installations(t *testing.T, root string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(raw), "called")
}

func TestSetupSaysWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"an old version": {`echo "this one is 3.9" >&2; exit 1`, "must be version 3.11 or newer: exit status 1\nthis one is 3.9"},
		"no venv":        {`[ "$1" = -c ]`, "apt-get install python3-venv"},
		"no network":     {makesEnvironment(t.TempDir(), "echo no route to host; exit 1"), "no route to host\nThe first set-up downloads from PyPI"},
	} {
		t.Run(name, func(t *testing.T) {
			root := newCheckout(t)
			python(t, root, c.script)
			if err := Setup(t.Context(), root, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestSetupSaysThatThereIsNoPython(t *testing.T) {
	root := newCheckout(t)
	t.Setenv("PATH", filepath.Join(root, "bin"))
	if err := Setup(t.Context(), root, io.Discard); err == nil || !strings.Contains(err.Error(), "there is no python3 in PATH; install Python 3.11") {
		t.Errorf("error = %v", err)
	}
}

func TestSetupIsDoneOnceForEachContentOfTheRequirements(t *testing.T) {
	root := newCheckout(t)
	python(t, root, makesEnvironment(root, ""))
	for range 2 {
		if err := Setup(t.Context(), root, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	if n := installations(t, root); n != 1 {
		t.Errorf("installed %d times for one content, want once", n)
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "proof", "local", "requirements.txt"), []byte("a==2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Setup(t.Context(), root, io.Discard); err != nil {
		t.Fatal(err)
	}
	if n := installations(t, root); n != 2 {
		t.Errorf("installed %d times after a change, want twice", n)
	}
}

func TestAnEnvironmentBehindALinkIsNotMadeAgain(t *testing.T) {
	notes, root, other := t.TempDir(), newCheckout(t), newCheckout(t)
	python(t, notes, makesEnvironment(notes, ""))
	if err := Setup(t.Context(), root, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(other, Dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, Dir, "venv"), filepath.Join(other, Dir, "venv")); err != nil {
		t.Fatal(err)
	}
	for _, checkout := range []string{other, root} {
		if err := Setup(t.Context(), checkout, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	if n := installations(t, notes); n != 1 {
		t.Errorf("installed %d times, want once", n)
	}
}

func TestAnEnvironmentThatCannotBeUsedIsMadeAgain(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, root string) string{
		"its set-up was interrupted": func(t *testing.T, root string) string {
			t.Helper()
			remove(t, filepath.Join(root, Dir, "venv", "zenstop-stamp"))
			return root
		},
		"its Python has gone": func(t *testing.T, root string) string {
			t.Helper()
			remove(t, filepath.Join(root, Dir, "venv", "bin", "python3"))
			return root
		},
		"the checkout was moved, and its programs hold the old path": func(t *testing.T, root string) string {
			t.Helper()
			moved := filepath.Join(t.TempDir(), "moved")
			if err := os.Rename(root, moved); err != nil {
				t.Fatal(err)
			}
			return moved
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := newCheckout(t)
			notes := t.TempDir()
			python(t, notes, makesEnvironment(notes, ""))
			if err := Setup(t.Context(), root, io.Discard); err != nil {
				t.Fatal(err)
			}
			root = spoil(t, root)
			var log strings.Builder
			if err := Setup(t.Context(), root, &log); err != nil {
				t.Fatal(err)
			}
			if n := installations(t, notes); n != 2 {
				t.Errorf("installed %d times, want twice", n)
			}
			if !strings.Contains(log.String(), "unfinished, out of date or from another folder") {
				t.Errorf("the log does not say why: %q", log.String())
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func TestTheSetUpSaysHowFarItIs(t *testing.T) {
	var log strings.Builder
	c := &collected{log: &log, all: 41}
	for range 40 {
		for _, some := range []string{"Coll", "ecting a==1\n  Downloading a\n"} { // as it comes
			if n, err := c.Write([]byte(some)); n != len(some) || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	if _, err := c.Write([]byte("Installing collected packages: a\n")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), "\n"); got != 3 || !strings.Contains(log.String(), "20 of 41 packages") {
		t.Errorf("%d lines:\n%s", got, log.String())
	}
}
