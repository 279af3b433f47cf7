package statemachine

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/proof/asl"
)

var update = flag.Bool("update", false, "write what the definition says into docs")

func TestThePictureOfTheWorkflowIsThatOfTheDefinition(t *testing.T) {
	picture := "\n```mermaid\n" + mermaid(load(t)) + "```\n"
	keepBlock(t, "../docs/workflow.md", "workflow", picture)
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
	keepBlock(t, "../docs/workflow.md", "states", list)
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
// the flag -update. A file without the markers is a fault.
func keepBlock(t *testing.T, file, marker, want string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+marker+":begin -->", "<!-- "+marker+":end -->"
	before, rest, opened := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	switch {
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

func TestThePictureHasEveryStateAndTransition(t *testing.T) {
	m, err := asl.Parse([]byte(`{"QueryLanguage": "JSONata", "StartAt": "Begin", "States": {
		"Begin": {"Type": "Pass", "Next": "Ready?"},
		"Ready?": {"Type": "Choice", "Default": "Rest", "Choices": [
			{"Comment": "yes", "Condition": "{% $states.input %}", "Next": "Go"}, {"Condition": "{% \"a\" = 'b' %}", "Next": "All"}]},
		"Rest": {"Type": "Wait", "Seconds": 1, "Next": "Ready?"},
		"Go": {"Type": "Task", "Resource": "x", "Arguments": {}, "Next": "Done", "Catch": [
			{"ErrorEquals": ["A"], "Next": "Done"}, {"ErrorEquals": ["B"], "Next": "Rest"}, {"ErrorEquals": ["States.ALL"], "Next": "Lost"}]},
		"All": {"Type": "Map", "Items": [], "Next": "Done", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}},
		"Done": {"Type": "Succeed"}, "Lost": {"Type": "Fail"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `flowchart TD
    Begin("Begin")
    Ready{"Ready?"}
    Go["Go"]
    All[["All: One for each"]]
    Rest("Rest")
    Done(["Done"])
    Lost(["Lost"])
    Begin --> Ready
    Ready -- "yes" --> Go
    Ready -- "'a' = 'b'" --> All
    Ready -- otherwise --> Rest
    Go --> Done
    Go -. fails for good .-> Rest
    Go -. fails .-> Lost
    All --> Done
    Rest --> Ready
`
	if diff := cmp.Diff(want, mermaid(m)); diff != "" {
		t.Error(diff)
	}
}

// mermaid draws the machine as a Mermaid flowchart, from its first state on. The
// label of a choice is its Comment, else its Condition. A catcher is drawn only
// where it leads elsewhere than the state does by itself; of one that names errors, not
// States.ALL, the drawing says that they are final.
func mermaid(m *asl.Machine) string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	order := statesAsMet(&m.Flow)
	for _, name := range order {
		fmt.Fprintf(&b, "    %s%s\n", nodeID(name), shape(name, m.States[name]))
	}
	for _, name := range order {
		for _, arrow := range arrows(&m.Flow, name) {
			fmt.Fprintf(&b, "    %s\n", arrow)
		}
	}
	return b.String()
}

// statesAsMet lists the states as a reader meets them: breadth first.
func statesAsMet(f *asl.Flow) []string {
	names := []string{f.StartAt}
	for i := 0; i < len(names); i++ {
		for _, e := range f.Edges(names[i]) {
			if !slices.Contains(names, e.To) {
				names = append(names, e.To)
			}
		}
	}
	return names
}

// nodeID is a name as Mermaid takes it.
func nodeID(name string) string { return regexp.MustCompile(`\W`).ReplaceAllString(name, "") }

func shape(name string, s *asl.State) string {
	switch s.Type {
	case "Choice":
		return fmt.Sprintf(`{"%s"}`, name)
	case "Wait", "Pass":
		return fmt.Sprintf(`("%s")`, name)
	case "Succeed", "Fail":
		return fmt.Sprintf(`(["%s"])`, name)
	case "Map":
		return fmt.Sprintf(`[["%s: %s for each"]]`, name, s.ItemProcessor.StartAt)
	}
	return fmt.Sprintf(`["%s"]`, name)
}

// arrows draws the transitions that leave the state.
func arrows(f *asl.Flow, name string) []string {
	s := f.States[name]
	var all []string
	for _, e := range f.Edges(name) {
		arrow := "-->"
		switch {
		case e.Errors != nil && e.To == s.Next:
			continue
		case slices.Equal(e.Errors, []string{"States.ALL"}):
			arrow = "-. fails .->"
		case e.Errors != nil:
			arrow = "-. fails for good .->"
		case e.Condition != "":
			arrow = fmt.Sprintf(`-- "%s" -->`, label(e))
		case s.Type == "Choice":
			arrow = "-- otherwise -->"
		}
		all = append(all, fmt.Sprintf("%s %s %s", nodeID(name), arrow, nodeID(e.To)))
	}
	return all
}

func label(e asl.Edge) string {
	if e.Comment != "" {
		return e.Comment
	}
	condition, _ := asl.Expression(e.Condition)
	return strings.ReplaceAll(condition, `"`, `'`)
}
