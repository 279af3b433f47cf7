package e2e

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/release"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// Whoever has the zip file of a release deploys it by the SAM CLI alone. Two builds of a commit have
// the same bytes: one here, and one by the program in another folder, where files lie about that
// git does not know, and in an environment that changes what Go and make do.
func TestAPackageIsTheSameFromEachBuildAndDeploysWithoutAnother(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	one := t.TempDir()
	first, err := release.Make(t.Context(), committed(t, copyOf(t, root)), one)
	if err != nil {
		t.Fatal(err)
	}
	dir := committed(t, copyOf(t, root))
	if err := os.WriteFile(filepath.Join(dir, "docs", "secret.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(t.Context(), "bash", "-c", "go build -o ./local ./internal/proof/local && umask 077 && "+
		"TZ=Asia/Tokyo GNUMAKEFLAGS=-n MAKEFLAGS=-n GOEXPERIMENT=nogreenteagc GOFIPS140=latest GOFLAGS=-tags=x GOAMD64=v3 GO_EXTLINK_ENABLED=0 GIT_DIR=/nowhere ./local package")
	program.Dir = dir
	second, err := program.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(second), first) || strings.Count(first, "\n") != 2 {
		t.Errorf("the checksums of two builds are\n%s%s, %v", first, second, err)
	}
	if sums, err := os.ReadFile(filepath.Join(one, "SHA256SUMS")); err != nil || string(sums) != first {
		t.Errorf("%s, %v", sums, err)
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", "SHA256SUMS")
	check.Dir = one
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}

	name := "zenstop-" + runs.Version + "-" + stack.Architecture()
	unzip(t, filepath.Join(one, name+".zip"), one)
	o := options(t, "zenstop-package", "update", map[string]string{"MaxInstances": "1"})
	o.Template = filepath.Join(one, name, "template.yaml")
	s := besideOf(t, o)
	if err := s.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	e := carryOut(t, s, scheduled("package", `{"target":{"instanceIds":["next-0001"]}}`))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"next-0001": power.Stopped})
	if e.Run.Version != runs.Version {
		t.Errorf("the report is of version %q", e.Run.Version)
	}
}

// committed makes all files of a folder the one commit of a new repository there.
func committed(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", "git init -q && git add -A && git -c user.name=t -c user.email=t@example.com commit -q --no-gpg-sign -m all")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// copyOf is a copy of the checkout in a folder with a space, without what was set up or built there.
func copyOf(t *testing.T, root string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a checkout")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	pack := exec.CommandContext(t.Context(), "tar", "-c", "--exclude=./.local", "--exclude=./.git", "--exclude=./.aws-sam", "--exclude=./.ci", ".")
	unpack := exec.CommandContext(t.Context(), "tar", "-x")
	pack.Dir, unpack.Dir = root, dir
	var archive bytes.Buffer
	pack.Stdout, unpack.Stdin = &archive, &archive
	for _, cmd := range []*exec.Cmd{pack, unpack} {
		if err := cmd.Run(); err != nil {
			t.Fatal(cmd, err)
		}
	}
	return dir
}

func unzip(t *testing.T, file, into string) {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := os.CopyFS(into, r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if err := os.Chmod(filepath.Join(into, f.Name), f.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
