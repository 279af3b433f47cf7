package asl

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a compiled part of a Value: exactly one of its fields is set.
type node struct {
	literal    jsontext.Value // JSON without expressions
	expression *expression
	members    map[string]node
	items      []node
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
