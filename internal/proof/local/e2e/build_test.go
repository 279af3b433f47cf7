package e2e

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"zenstop/internal/proof/local/stack"
)

// Whoever types sam build, with the C compiler that Go uses by default, must get what
// make build gives: binaries that need no C library, and the same bytes. There is one for each
// processor that Architecture may be, so that it is the deploy alone that decides.
func TestABareSamBuildGivesTheStaticBinariesThatAreDeployed(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// The build of somebody whose own settings would spoil it.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `umask 077 && exec "$0" build --build-dir "$1"`, filepath.Join(root, stack.Dir, "venv", "bin", "sam"), dir)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=-buildmode=pie", "GOAMD64=v4", "GOARM64=v9.5", "GOWORK=/nowhere/go.work", "ARCHITECTURES=none", "SAM_CLI_TELEMETRY=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sam build: %v\n%s", err, out)
	}
	for _, function := range []string{"StopFunction", "StatusFunction"} {
		here := "bootstrap." + stack.Architecture()
		if !bytes.Equal(built(t, dir, function, here), built(t, filepath.Join(root, stack.Dir, "build"), function, here)) {
			t.Errorf("%s: a bare sam build gives other bytes than the build of the stack", function)
		}
		for name, processor := range map[string]elf.Machine{"bootstrap.arm64": elf.EM_AARCH64, "bootstrap.x86_64": elf.EM_X86_64} {
			file, err := elf.NewFile(bytes.NewReader(built(t, dir, function, name)))
			if err != nil {
				t.Fatal(err)
			}
			if file.Machine != processor {
				t.Errorf("%s of %s is for %s", name, function, file.Machine)
			}
			info, err := os.Stat(filepath.Join(dir, function, name))
			if err != nil || info.Mode().Perm() != 0o755 {
				t.Errorf("%s of %s has the mode %s, error %v: Lambda runs it as another user", name, function, info.Mode(), err)
			}
			for _, p := range file.Progs {
				if p.Type == elf.PT_INTERP {
					t.Errorf("%s of %s is linked dynamically", name, function)
				}
			}
		}
		if script := built(t, dir, function, "bootstrap"); !bytes.HasPrefix(script, []byte("#!/bin/sh\n")) {
			t.Errorf("bootstrap of %s begins with %.20q", function, script)
		}
	}
}

func built(t *testing.T, dir, function, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, function, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
