package release

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheTemplateOfAPackageHasFunctionsThatAreBuilt(t *testing.T) {
	template, err := os.ReadFile("../../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, processor := range processors {
		got, err := deployable(string(template), processor)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"CodeUri: StopFunction/\n", "CodeUri: StatusFunction/\n", "Default: " + processor + "\n", "AllowedValues: [" + processor + "]\n", "LicenseUrl: LICENSE\n"} {
			if strings.Count(got, want) != 1 {
				t.Errorf("the template for %s has %q %d times", processor, want, strings.Count(got, want))
			}
		}
	}
	if _, err := deployable("Resources: {}\n", "arm64"); err == nil {
		t.Error("a template without functions is no error")
	}
}

func TestAReleaseIsMadeOfACommitAlone(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := func(arguments ...string) {
		if _, err := git(t.Context(), dir, "", arguments...); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := checkedOut(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("outside of a checkout: error %v", err)
	}
	in("init", "-q")
	write("a", "one\n")
	in("add", "a")
	in("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--no-gpg-sign", "-m", "a")
	write("b", "not committed")
	write(".git/info/attributes", "a eol=crlf\n* export-ignore\n")
	t.Setenv("GIT_DIR", t.TempDir())
	files, err := checkedOut(t.Context(), dir)
	if err != nil || len(files) != 1 || string(files["a"]) != "one\n" {
		t.Errorf("%q, %v", files, err)
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	in("add", "link")
	in("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--no-gpg-sign", "-m", "link")
	if _, err := checkedOut(t.Context(), dir); err == nil || !strings.Contains(err.Error(), `"link", which is no file`) {
		t.Errorf("with a link: error %v", err)
	}
	in("-c", "user.name=t", "-c", "user.email=t@example.com", "reset", "-q", "--hard", "HEAD~1")
	if _, err := collect(t.Context(), map[string][]byte{"template.yaml": []byte("Resources: {}")}, "arm64"); err == nil {
		t.Error("a commit without functions is no error")
	}
	write("a", "two\n\x00")
	in("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--no-gpg-sign", "-a", "-m", "b")
	if files, err := checkedOut(t.Context(), dir); err != nil || string(files["a"]) != "two\n\x00" {
		t.Errorf("%q, %v", files, err)
	}
	write("a", "three\n")
	if _, err := checkedOut(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "not committed:\n M a") {
		t.Errorf("with a change: error %v", err)
	}
}

// Whoever has only the zip file finds each page that another page names.
func TestNoLinkOfAPackedPageLeadsOutOfThePackage(t *testing.T) {
	const root = "../../../../"
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(root + pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		pages = append(pages, found...)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(string(text), -1) {
			to, err := filepath.Rel(root, filepath.Join(filepath.Dir(page), link[1]))
			packed := slices.ContainsFunc(contents, func(c string) bool {
				return to == c || to+"/" == c || strings.HasSuffix(c, "/") && strings.HasPrefix(to, c)
			})
			if err != nil || !packed && to != "template.yaml" {
				t.Errorf("%s leads to %s, which is in no package", page, link[1])
			}
		}
	}
}

func TestAPackageDependsOnNothingButItsFiles(t *testing.T) {
	files := map[string][]byte{"template.yaml": []byte("a"), "StopFunction/bootstrap": []byte("b"), "docs/x.md": []byte("c")}
	one, err := pack("zenstop-1", files)
	if err != nil {
		t.Fatal(err)
	}
	other, err := pack("zenstop-1", files)
	if err != nil || !bytes.Equal(one, other) {
		t.Errorf("two packages of the same files differ: %v", err)
	}
	r, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if executable := f.Mode().Perm() == 0o755; !strings.HasPrefix(f.Name, "zenstop-1/") || executable != strings.Contains(f.Name, "bootstrap") {
			t.Errorf("%s has the mode %s", f.Name, f.Mode())
		}
	}
}
