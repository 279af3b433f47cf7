package asl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mermaid draws the machine as a Mermaid flowchart, from its first state on. The
// label of a choice is its Comment, else its Condition. A catcher is drawn only
// where it leads elsewhere than the state does by itself; of one that names errors, not
// States.ALL, the drawing says that they are final.
func (m *Machine) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	order := m.order()
	for _, name := range order {
		fmt.Fprintf(&b, "    %s%s\n", nodeID(name), m.States[name].shape(name))
	}
	for _, name := range order {
		for _, arrow := range m.arrows(name) {
			fmt.Fprintf(&b, "    %s\n", arrow)
		}
	}
	return b.String()
}

// order lists the states as a reader meets them: breadth first.
func (f *Flow) order() []string {
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

func (s *State) shape(name string) string {
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
func (f *Flow) arrows(name string) []string {
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

func label(e Edge) string {
	if e.Comment != "" {
		return e.Comment
	}
	condition, _ := Expression(e.Condition)
	return strings.ReplaceAll(condition, `"`, `'`)
}
