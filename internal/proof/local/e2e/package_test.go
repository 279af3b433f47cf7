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

// Whoever has the zip file of a release deploys it by the SAM CLI alone. Two builds of it, in two
// folders, have the same bytes.
func TestAPackageIsTheSameFromEachBuildAndDeploysWithoutAnother(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	one, other := t.TempDir(), t.TempDir()
	first, err := release.Make(t.Context(), root, one)
	if err != nil {
		t.Fatal(err)
	}
	second, err := release.Make(t.Context(), copyOf(t, root), other)
	if err != nil {
		t.Fatal(err)
	}
	if first != second || strings.Count(first, "\n") != 2 {
		t.Errorf("the checksums of two builds are\n%s%s", first, second)
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
