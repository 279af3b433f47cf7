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
)

// flags are those with which functions/build.mk builds the functions, which also sets
// CGO_ENABLED=0.
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
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+b.system, "GOARCH="+b.processor)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", s.pkg, err, out)
	}
	return b.path(s), nil
}

// zippedSize is the size of a program, and that of a zip file with nothing else in it.
// The SAM CLI packs with zlib; Go comes near to that, and not below it, with its best compression.
func zippedSize(program string) (plain, zipped int64, err error) {
	f, err := os.Open(program) //nolint:gosec // this package has just built it
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var size counter
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	entry, err := archive.Create("bootstrap")
	if err != nil {
		return 0, 0, err
	}
	if plain, err = io.Copy(entry, f); err != nil {
		return 0, 0, err
	}
	err = archive.Close()
	return plain, int64(size), err
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
