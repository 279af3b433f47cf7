package release

import (
	"archive/zip"
	"bytes"
	"os"
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
