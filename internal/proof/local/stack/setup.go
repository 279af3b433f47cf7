package stack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Dir is where everything local lives, inside the checkout and outside of git.
const Dir = ".local"

// Setup makes the Python environment with the local AWS, the SAM CLI and the
// checkers, where there is none that was finished in this folder for this content
// of internal/proof/local/requirements.txt.
func Setup(ctx context.Context, root string, log io.Writer) error {
	mark, err := wantedMark(root)
	if err != nil || presentMark(root) == mark {
		return err
	}
	what := "a Python environment with the local AWS and the SAM CLI in " + Dir + "/venv (once, one to two minutes; then it builds, starts and deploys)"
	if _, err := os.Stat(venv(root)); err == nil {
		what += "; the one that is there is unfinished, out of date or from another folder"
	}
	Step(log, "set-up", what)
	if err := install(ctx, root, log); err != nil {
		return fmt.Errorf("set-up: %w", err)
	}
	if mark, err = wantedMark(root); err != nil { // again: now its place is known
		return err
	}
	return os.WriteFile(stamp(root), []byte(mark), 0o600)
}

// wantedMark is what the stamp of an environment must say: what is installed, and
// where, because the programs in it hold the path. A link to it is no other place.
func wantedMark(root string) (string, error) {
	wanted, err := os.ReadFile(filepath.Join(root, requirements))
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("this is not the root of the checkout; run make there")
	}
	place, linkErr := filepath.EvalSymlinks(venv(root))
	if linkErr != nil { // there is none yet
		place = venv(root)
	}
	sum := sha256.Sum256(append(wanted, place...))
	return hex.EncodeToString(sum[:]), err
}

// presentMark is what the stamp says, which is written when the environment is
// finished. It is empty where there is none, or where its Python has gone.
func presentMark(root string) string {
	have, err := os.ReadFile(stamp(root))
	if _, gone := os.Stat(inVenv(root, "python3")); err != nil || gone != nil {
		return ""
	}
	return string(have)
}

func install(ctx context.Context, root string, log io.Writer) error {
	const version = `import sys; v = sys.version_info; sys.exit(f"this one is {v.major}.{v.minor}" if v < (3, 11) else 0)`
	err := run(ctx, root, nil, io.Discard, "python3", "-c", version)
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("there is no python3 in PATH; install Python 3.11 or newer with venv (Debian: apt-get install python3 python3-venv)")
	}
	if err != nil {
		return fmt.Errorf("the python3 that is first in PATH must be version 3.11 or newer: %w", err)
	}
	if err := run(ctx, root, nil, io.Discard, "python3", "-m", "venv", "--clear", venv(root)); err != nil {
		return fmt.Errorf("python3 -m venv: %w\nPython's module venv is needed (Debian: apt-get install python3-venv)", err)
	}
	wanted, err := os.ReadFile(filepath.Join(root, requirements))
	if err != nil {
		return err
	}
	pip := &collected{log: log, all: bytes.Count(wanted, []byte("=="))}
	if err := run(ctx, root, nil, pip, inVenv(root, "pip"), "install", "--disable-pip-version-check", "--progress-bar", "off", "-r", requirements); err != nil {
		return fmt.Errorf("pip install: %w\nThe first set-up downloads from PyPI, or from the index that pip is set to. With a connection to it, run the command again", err)
	}
	return nil
}

// requirements are what the Python environment has, each package with its version.
var requirements = filepath.Join("internal", "proof", "local", "requirements.txt")

// collected counts the packages that pip collects, and says now and then how far it is.
type collected struct {
	log    io.Writer
	all, n int
	rest   []byte // of a line that has not ended
}

// Write takes in what pip prints.
func (c *collected) Write(text []byte) (int, error) {
	c.rest = append(c.rest, text...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			return len(text), nil
		}
		c.rest = rest
		switch {
		case bytes.HasPrefix(line, []byte("Collecting ")):
			if c.n++; c.n%20 == 0 {
				Step(c.log, "", fmt.Sprintf("%d of %d packages", c.n, c.all))
			}
		case bytes.HasPrefix(line, []byte("Installing collected packages")):
			Step(c.log, "", "all packages are there, and are being unpacked")
		}
	}
}

// Build builds the functions as `sam build` does for AWS, for this machine's
// processor, and the simulator.
func Build(ctx context.Context, root string, log io.Writer) error {
	what := "the functions, with sam build, and the simulated Zenlayer"
	if _, err := os.Stat(simulator(root)); err != nil {
		what += " (the first time about a minute)"
	}
	Step(log, "build", what)
	if err := run(ctx, root, append(withoutAWS(), "ZENSTOP_ARCHITECTURES="+Architecture()), io.Discard, SAM(root), "build", "--template", "template.yaml", "--build-dir", buildDir(root)); err != nil {
		return fmt.Errorf("sam build: %w\nThe first build downloads the Go modules, which needs the network", err)
	}
	return run(ctx, root, append(os.Environ(), "CGO_ENABLED=0"), io.Discard, "go", "build", "-buildvcs=false", "-o", simulator(root), "./internal/proof/sim/cmd/zenlayer-sim")
}

// Built is the template that Build has built.
func Built(root string) string { return filepath.Join(buildDir(root), "template.yaml") }

func venv(root string) string            { return filepath.Join(root, Dir, "venv") }
func inVenv(root, program string) string { return filepath.Join(venv(root), "bin", program) }
func stamp(root string) string           { return filepath.Join(venv(root), "zenstop-stamp") }

// SAM is the SAM CLI that Setup has installed.
func SAM(root string) string { return inVenv(root, "sam") }

func buildDir(root string) string  { return filepath.Join(root, Dir, "build") }
func simulator(root string) string { return filepath.Join(root, Dir, "bin", "zenlayer-sim") }

// Architecture is the template parameter for this machine's processor.
func Architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}
