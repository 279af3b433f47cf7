package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Dir is where everything local lives, inside the checkout and outside of git.
const Dir = ".local"

// Setup makes the Python environment with the local AWS, the SAM CLI and the
// checkers, where there is none yet for this content of
// internal/local/requirements.txt.
func Setup(ctx context.Context, root string, log io.Writer) error {
	wanted, err := os.ReadFile(filepath.Join(root, "internal", "local", "requirements.txt"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(wanted)
	stamp, mark := filepath.Join(root, Dir, "venv", "zenstop-stamp"), hex.EncodeToString(sum[:])
	if have, err := os.ReadFile(stamp); err == nil && string(have) == mark {
		return nil
	}
	fmt.Fprintln(log, "set-up: a Python environment with the local AWS and the SAM CLI in "+Dir+"/venv (once, about a minute)")
	if err := run(ctx, root, nil, io.Discard, "python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"); err != nil {
		return fmt.Errorf("zenstop's local AWS needs python3, version 3.11 or newer, first in PATH: %w", err)
	}
	venv := filepath.Join(root, Dir, "venv")
	if err := run(ctx, root, nil, io.Discard, "python3", "-m", "venv", "--clear", venv); err != nil {
		return fmt.Errorf("python3 -m venv: %w; zenstop needs Python 3 with venv (Debian: apt-get install python3-venv)", err)
	}
	pip := filepath.Join(venv, "bin", "pip")
	if err := run(ctx, root, nil, io.Discard, pip, "install", "--quiet", "--disable-pip-version-check", "-r", "internal/local/requirements.txt"); err != nil {
		return fmt.Errorf("pip install: %w", err)
	}
	return os.WriteFile(stamp, []byte(mark), 0o600)
}

// Build builds the functions as `sam build` does for AWS, for this machine's
// processor, and the simulator.
func Build(ctx context.Context, root string, log io.Writer) error {
	fmt.Fprintln(log, "build: sam build of template.yaml, and the simulator")
	if err := run(ctx, root, withoutAWS(), io.Discard, samCLI(root), "build", "--template", "template.yaml", "--build-dir", buildDir(root),
		"--parameter-overrides", "Architecture="+Architecture()); err != nil {
		return fmt.Errorf("sam build: %w", err)
	}
	return run(ctx, root, append(os.Environ(), "CGO_ENABLED=0"), io.Discard, "go", "build", "-o", simulator(root), "./internal/sim/cmd/zenlayer-sim")
}

// Built is the template that Build has built.
func Built(root string) string { return filepath.Join(buildDir(root), "template.yaml") }

func samCLI(root string) string    { return filepath.Join(root, Dir, "venv", "bin", "sam") }
func buildDir(root string) string  { return filepath.Join(root, Dir, "build") }
func simulator(root string) string { return filepath.Join(root, Dir, "bin", "zenlayer-sim") }

// Architecture is the template parameter for this machine's processor.
func Architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}
