package start

import (
	"archive/zip"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// flags are those with which functions/Makefile builds the functions. What it sets in the
// environment, build sets too.
func flags() []string {
	return []string{"-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w"}
}

// builder builds functions of the checkout at root into dir.
type builder struct{ root, dir, system, processor string }

func (b builder) path(s source) string { return filepath.Join(b.dir, s.name) }

// build returns the path of the program that it built.
func (b builder) build(ctx context.Context, s source) (string, error) {
	args := append([]string{"build"}, flags()...)
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", b.path(s), s.pkg)...) //nolint:gosec // the arguments come from this package
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "GOWORK=off", "GOAMD64=v1", "GOARM64=v8.0", "GOOS="+b.system, "GOARCH="+b.processor)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", s.pkg, err, out)
	}
	return b.path(s), nil
}

// packed puts a program beside the file that picks it, as the Makefile does, and returns
// that file.
func (b builder) packed(program string) (string, error) {
	dir := filepath.Join(b.dir, "packed")
	script, err := os.ReadFile(picker(b.root))
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	name := "bootstrap." + strings.Replace(b.processor, "amd64", "x86_64", 1) // as Lambda calls it
	if err := os.Link(program, filepath.Join(dir, name)); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bootstrap")
	return path, os.WriteFile(path, script, 0o700) //nolint:gosec // it is started
}

// zippedSize is the size of files, and that of a zip file with nothing else in it.
// The SAM CLI packs with zlib; Go comes near to that, and not below it, with its best compression.
func zippedSize(files ...string) (plain, zipped int64, err error) {
	var size counter
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for n, path := range files {
		content, err := os.ReadFile(path) //nolint:gosec // this package has just built it
		if err != nil {
			return 0, 0, err
		}
		entry, err := archive.Create(fmt.Sprint(n))
		if err != nil {
			return 0, 0, err
		}
		if _, err := entry.Write(content); err != nil {
			return 0, 0, err
		}
		plain += int64(len(content))
	}
	err = archive.Close()
	return plain, int64(size), err
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
