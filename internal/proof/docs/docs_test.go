package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"zenstop/internal/runs"
)

const root = "../../.."

// pages are all documents for people, by their path from the root, with their text.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = read(t, name)
		}
	}
	if len(all) < 15 {
		t.Fatalf("only %d documents were found", len(all))
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	path     = regexp.MustCompile("`((?:functions|statemachine|internal|docs|events)/[A-Za-z0-9_./-]*|template\\.yaml|samconfig\\.toml)`")
	testName = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]+)`")
	target   = regexp.MustCompile(`\bmake ([a-z][a-z-]+)`)
)

func TestEveryLinkLeadsToAFile(t *testing.T) {
	for name, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), to)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// Decision records tell of their day, and may name what is gone.
func TestEveryFileThatIsNamedIsThere(t *testing.T) {
	for name, text := range pages(t) {
		if strings.HasPrefix(name, "docs/decisions") {
			continue
		}
		for _, m := range path.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
	}
}

func TestEveryTestThatIsNamedExists(t *testing.T) {
	var code strings.Builder
	err := filepath.WalkDir(root, func(p string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, "_test.go") {
			text, err := os.ReadFile(p)
			code.Write(text)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages(t) {
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(code.String(), "func "+m[1]+"(") {
				t.Errorf("%s names %s, and there is no such test", name, m[1])
			}
		}
	}
}

func TestEveryMakeTargetThatIsNamedExists(t *testing.T) {
	makefile := read(t, "Makefile")
	for name, text := range pages(t) {
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if strings.Contains(text, "`make "+m[1]) || strings.Contains(text, "\nmake "+m[1]) || strings.Contains(text, "    make "+m[1]) {
				if !strings.Contains(makefile, "\n"+m[1]+":") {
					t.Errorf("%s names make %s, and there is no such target", name, m[1])
				}
			}
		}
	}
}

// template is the part of template.yaml that the documents repeat.
type template struct {
	Parameters map[string]struct {
		Default yaml.Node `yaml:"Default"`
	} `yaml:"Parameters"`
	Outputs map[string]yaml.Node `yaml:"Outputs"`
}

func TestTheSettingsAreThoseOfTheTemplateWithTheirDefaults(t *testing.T) {
	var tpl template
	if err := yaml.Unmarshal([]byte(read(t, "template.yaml")), &tpl); err != nil {
		t.Fatal(err)
	}
	var named []string
	for row := range strings.SplitSeq(read(t, "docs/settings.md"), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) < 4 || !strings.HasPrefix(row, "| `") {
			continue
		}
		names := regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(cells[1], -1)
		for _, n := range names {
			named = append(named, n[1])
			parameter, ok := tpl.Parameters[n[1]]
			if !ok {
				t.Errorf("the template has no parameter %s", n[1])
			}
			if value := parameter.Default.Value; len(names) == 1 && value != "" && !strings.Contains(cells[2], value) {
				t.Errorf("%s: the default %q is not in the table, which says %s", n[1], value, cells[2])
			}
		}
	}
	for name := range tpl.Parameters {
		if !slices.Contains(named, name) {
			t.Errorf("docs/settings.md does not tell of %s", name)
		}
	}
}

func TestTheOutputsThatAreNamedAreThoseOfTheTemplate(t *testing.T) {
	var tpl template
	if err := yaml.Unmarshal([]byte(read(t, "template.yaml")), &tpl); err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`<((?:Stop|Status|Notification|Failure|Credentials|Dashboard)[A-Za-z]+)>`)
	for name, text := range pages(t) {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			if _, ok := tpl.Outputs[m[1]]; !ok {
				t.Errorf("%s names the output %s, which the template does not have", name, m[1])
			}
		}
	}
}

// What a release is called stands in the functions, in the changelog, in what the AWS Serverless Application
// Repository shows, and it has a record of what its runs wrote that held.
func TestAReleaseHasOneVersion(t *testing.T) {
	newest := regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$`).FindStringSubmatch(read(t, "CHANGELOG.md"))
	if newest == nil || newest[1] != runs.Version {
		t.Errorf("the newest version of CHANGELOG.md is %v, and that of the functions %s", newest, runs.Version)
	}
	var template struct {
		Metadata map[string]struct {
			SemanticVersion string `yaml:"SemanticVersion"`
			Description     string `yaml:"Description"`
		} `yaml:"Metadata"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "template.yaml")), &template); err != nil {
		t.Fatal(err)
	}
	if shown := template.Metadata["AWS::ServerlessRepo::Application"]; shown.SemanticVersion != runs.Version || len(shown.Description) > 256 { // the limit of AWS
		t.Errorf("template.yaml shows %+v, and the version of the functions is %s", shown, runs.Version)
	}
	if _, err := os.Stat(filepath.Join(root, "statemachine", "testdata", "releases", runs.Version, "stop-instances.asl.json")); err != nil {
		t.Errorf("the release has no record: %v", err)
	}
}

func TestADecisionRecordIsOnePageAtMost(t *testing.T) {
	for name, text := range pages(t) {
		if n := strings.Count(text, "\n"); strings.HasPrefix(name, "docs/decisions") && n > 60 {
			t.Errorf("%s has %d lines, at most 60", name, n)
		}
	}
}

func TestTheProgramInTheDocumentsIsTheExampleThatIsCompiled(t *testing.T) {
	between := func(name, begin, end string) string {
		_, rest, found := strings.Cut(read(t, name), begin)
		part, _, also := strings.Cut(rest, end)
		if !found || !also {
			t.Fatalf("%s has no %s … %s", name, begin, end)
		}
		return strings.TrimSpace(part)
	}
	want := between("docs/examples/request/main.go", "// request:begin", "// request:end")
	if got := between("docs/events.md", "<!-- request:begin -->\n```go", "```\n<!-- request:end -->"); got != want {
		t.Errorf("the program in docs/events.md differs from docs/examples/request/main.go")
	}
}
