package e2e

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"zenstop/internal/local/stack"
)

// Whoever types sam build, with the C compiler that Go uses by default, must get what
// make build gives: binaries that need no C library, and the same bytes.
func TestABareSamBuildGivesTheStaticBinariesThatAreDeployed(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, stack.Dir, "venv", "bin", "sam"), "build", "--build-dir", dir, "--parameter-overrides", "Architecture="+stack.Architecture())
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=", "SAM_CLI_TELEMETRY=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sam build: %v\n%s", err, out)
	}
	for _, function := range []string{"StopFunction", "StatusFunction"} {
		bare, deployed := binary(t, dir, function), binary(t, filepath.Join(root, stack.Dir, "build"), function)
		if !bytes.Equal(bare, deployed) {
			t.Errorf("%s: a bare sam build gives other bytes than the build of the stack", function)
		}
		file, err := elf.NewFile(bytes.NewReader(bare))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range file.Progs {
			if p.Type == elf.PT_INTERP {
				t.Errorf("%s is linked dynamically", function)
			}
		}
	}
}

func binary(t *testing.T, dir, function string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, function, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
