package statemachine

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"zenstop/internal/proof/asl"
)

var update = flag.Bool("update", false, "write what the definition says into docs/workflow.md and README.md")

func TestThePictureOfTheWorkflowIsThatOfTheDefinition(t *testing.T) {
	picture := "\n```mermaid\n" + load(t).Mermaid() + "```\n"
	keepBlock(t, "../docs/workflow.md", "workflow", picture, true)
	keepBlock(t, "../README.md", "workflow", picture, false)
}

func TestTheListOfStatesIsThatOfTheDefinition(t *testing.T) {
	m := load(t)
	list := "\n| state | what it does |\n| --- | --- |\n"
	for _, name := range statesInOrder(m) {
		if m.States[name].Comment == "" {
			t.Errorf("%s has no Comment", name)
		}
		list += fmt.Sprintf("| `%s` | %s |\n", name, m.States[name].Comment)
	}
	keepBlock(t, "../docs/workflow.md", "states", list, true)
}

// statesInOrder lists the states as they stand in the definition.
func statesInOrder(m *asl.Machine) []string {
	var names []string
	for line := range strings.Lines(string(Definition)) {
		name, _, found := strings.Cut(strings.TrimPrefix(line, `    "`), `": {`)
		if found && m.States[name] != nil {
			names = append(names, name)
		}
	}
	return names
}

// keepBlock compares what stands between two markers of a file, or writes it with
// the flag -update. A file without the markers is a fault where they are required.
func keepBlock(t *testing.T, file, marker, want string, required bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+marker+":begin -->", "<!-- "+marker+":end -->"
	before, rest, opened := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	switch {
	case !opened && !required:
	case !opened || !closed:
		t.Errorf("%s has no markers %s and %s", file, begin, end)
	case got == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is stale between the markers of %s; go test ./statemachine -update writes it anew", file, marker)
	}
}
