package asl

import (
	"regexp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// needs says which parts of $states an expression looks at, so that nothing else
// is decoded for it.
type needs struct {
	input, result []string // members of the document; nil: none
	all           bool     // $states stands alone, or one of the documents does
	copies        string   // the expression is nothing but this document
}

// The documents that an expression can hand on as they are.
const (
	theInput   = "$states.input"
	theResult  = "$states.result"
	thePayload = "$states.result.Payload"
)

var (
	statesUsed = regexp.MustCompile(`\$states\b`)
	memberUsed = regexp.MustCompile(`\$states\.(input|result)\.(\w+)`)
	otherUsed  = regexp.MustCompile(`\$states\.(errorOutput|context)\b`)
)

func needsOf(text string) needs {
	if text == theInput || text == theResult || text == thePayload {
		return needs{copies: text, all: true}
	}
	var n needs
	members := memberUsed.FindAllStringSubmatch(text, -1)
	for _, m := range members {
		list := &n.input
		if m[1] == "result" {
			list = &n.result
		}
		if !slices.Contains(*list, m[2]) {
			*list = append(*list, m[2])
		}
	}
	n.all = len(statesUsed.FindAllString(text, -1)) > len(members)+len(otherUsed.FindAllString(text, -1))
	return n
}

// copied returns the document that the expression hands on as it is; nil where
// it has to be worked out.
func (n *needs) copied(s *scope) jsontext.Value {
	switch {
	case n.copies == theInput && s.input != nil:
		return s.input.text()
	case n.copies == theResult && s.result != nil:
		return s.result.text()
	case n.copies == thePayload && s.result != nil && s.result.index != nil:
		return s.result.index["Payload"]
	}
	return nil
}

// states makes the $states that the expression looks at.
func (n *needs) states(s *scope) (map[string]any, error) {
	states := map[string]any{}
	if s.failure != nil {
		states["errorOutput"] = s.failure
	}
	if s.context != nil {
		states["context"] = s.context
	}
	if err := n.add(states, "input", s.input, n.input); err != nil {
		return nil, err
	}
	return states, n.add(states, "result", s.result, n.result)
}

func (n *needs) add(states map[string]any, name string, d *document, members []string) (err error) {
	switch {
	case d == nil || !n.all && members == nil:
	case n.all:
		states[name], err = d.whole()
	default:
		states[name], err = d.part(members)
	}
	return err
}
