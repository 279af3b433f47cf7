package asl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Value is a value of a definition: JSON in which a string `{% … %}` is an
// expression. The zero Value is a field that the definition does not have.
type Value struct {
	text jsontext.Value
	root node
}

// node is a compiled part of a Value: exactly one of its fields is set.
type node struct {
	literal    jsontext.Value // JSON without expressions
	expression *expression
	members    map[string]node
	items      []node
}

// UnmarshalJSON keeps the text; Parse compiles it when it knows every variable.
func (v *Value) UnmarshalJSON(text []byte) error {
	v.text = slices.Clone(text)
	return nil
}

// Text is the text of the Value in the definition, a string without its quotes.
func (v *Value) Text() string {
	if s, ok := text(v.text); ok {
		return s
	}
	return string(v.text)
}

func (v *Value) absent() bool { return v.text == nil }

func (v *Value) compile(variables []string) error {
	if v.absent() {
		return nil
	}
	var decoded any
	if err := json.Unmarshal(v.text, &decoded); err != nil {
		return err
	}
	var err error
	v.root, err = compile(decoded, variables)
	return err
}

func compile(value any, variables []string) (node, error) {
	var n node
	var err error
	switch value := value.(type) {
	case string:
		if inner, ok := Expression(value); ok {
			n.expression, err = newExpression(inner, variables)
			return n, err
		}
	case []any:
		n.items = make([]node, len(value))
		for i := range value {
			if n.items[i], err = compile(value[i], variables); err != nil {
				return n, err
			}
		}
		return n, nil
	case map[string]any:
		n.members = make(map[string]node, len(value))
		for name := range value {
			if n.members[name], err = compile(value[name], variables); err != nil {
				return n, err
			}
		}
		return n, nil
	}
	n.literal, err = encode(value)
	return n, err
}

// Expression cuts `{% … %}` off; ok is false where the text is no expression.
func Expression(text string) (expression string, ok bool) {
	inner, ok := strings.CutPrefix(text, "{%")
	if !ok {
		return "", false
	}
	inner, ok = strings.CutSuffix(inner, "%}")
	return strings.TrimSpace(inner), ok
}

// json works the Value out to JSON.
func (v *Value) json(s *scope) (jsontext.Value, error) { return v.root.append(nil, s) }

// append adds the node's JSON to dst. Where the node is the whole of an existing
// document it returns that document without a copy, if dst is empty.
func (n *node) append(dst jsontext.Value, s *scope) (jsontext.Value, error) {
	switch {
	case n.expression != nil:
		part, err := n.expression.json(s)
		if err != nil || len(dst) == 0 {
			return part, err
		}
		return append(dst, part...), nil
	case n.members != nil:
		return n.appendObject(dst, s)
	case n.items != nil:
		return n.appendArray(dst, s)
	}
	return append(dst, n.literal...), nil
}

func (n *node) appendObject(dst jsontext.Value, s *scope) (_ jsontext.Value, err error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(n.members)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = jsontext.AppendQuote(dst, name); err != nil {
			return nil, err
		}
		member := n.members[name]
		if dst, err = member.append(append(dst, ':'), s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return append(dst, '}'), nil
}

func (n *node) appendArray(dst jsontext.Value, s *scope) (_ jsontext.Value, err error) {
	dst = append(dst, '[')
	for i := range n.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = n.items[i].append(dst, s); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

// decoded works the Value out as Go shows JSON: float64, string, bool, nil,
// []any and map[string]any.
func (v *Value) decoded(s *scope) (any, error) {
	if v.root.expression != nil {
		return v.root.expression.value(s)
	}
	text, err := v.json(s)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

// expressions lists the text of each expression in the Value.
func (v *Value) expressions() []string { return v.root.expressions() }

func (n *node) expressions() []string {
	if n.expression != nil {
		return []string{n.expression.text}
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		member := n.members[name]
		all = append(all, member.expressions()...)
	}
	for i := range n.items {
		all = append(all, n.items[i].expressions()...)
	}
	return all
}
