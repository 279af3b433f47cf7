package asl

import (
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

// Expression cuts `{% … %}` off; ok is false where the text is no expression.
func Expression(text string) (expression string, ok bool) {
	inner, ok := strings.CutPrefix(text, "{%")
	if !ok {
		return "", false
	}
	inner, ok = strings.CutSuffix(inner, "%}")
	return strings.TrimSpace(inner), ok
}

// Evaluate works the Value out, with the value of each expression in its place. Its
// definition was read by [Parse].
func (v *Value) Evaluate(given Scope) (any, error) {
	s, err := given.scope()
	if err != nil {
		return nil, err
	}
	return v.decoded(s)
}

// json works the Value out to JSON.
func (v *Value) json(s *scope) (jsontext.Value, error) { return v.root.append(nil, s) }

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
