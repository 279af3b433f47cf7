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
	for _, dir := range []string{"internal/local", "bin"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "local", "requirements.txt"), []byte("a==1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

// python puts a python3 first in PATH that runs script.
func python(t *testing.T, root, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, "bin", "python3"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(root, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestSetupSaysWhatPythonLacks(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"an old version": {`exit 1`, "3.11 or newer"},
		"no venv":        {`[ "$1" = -c ]`, "apt-get install python3-venv"},
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

func TestSetupIsDoneOnceForEachContentOfTheRequirements(t *testing.T) {
	root := newCheckout(t)
	// The environment that this python3 makes has a pip that notes each call.
	python(t, root, `[ "$1" = -c ] && exit 0
mkdir -p "$4/bin" && printf '#!/bin/sh\necho called >> "%s/calls"\n' "`+root+`" > "$4/bin/pip" && chmod +x "$4/bin/pip"`)
	calls := func() int {
		raw, err := os.ReadFile(filepath.Join(root, "calls"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(raw), "called")
	}
	for range 2 {
		if err := Setup(t.Context(), root, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	if n := calls(); n != 1 {
		t.Errorf("installed %d times for one content, want once", n)
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "local", "requirements.txt"), []byte("a==2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Setup(t.Context(), root, io.Discard); err != nil {
		t.Fatal(err)
	}
	if n := calls(); n != 2 {
		t.Errorf("installed %d times after a change, want twice", n)
	}
}
