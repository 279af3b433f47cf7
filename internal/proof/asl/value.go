package asl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Value is a value of a definition: JSON in which a string `{% … %}` is an
// expression. The zero Value is a field that the definition does not have.
type Value struct {
	text     jsontext.Value
	compiled any // the decoded text, with an *expression in the place of each expression
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
	decoded, err := decode(v.text)
	if err != nil {
		return err
	}
	v.compiled, err = replace(decoded, func(part any) (any, error) {
		text, _ := part.(string)
		if inner, ok := Expression(text); ok {
			return newExpression(inner, variables)
		}
		return part, nil
	})
	return err
}

// replace returns the value with each part of it replaced that is neither an object nor
// an array.
func replace(value any, by func(any) (any, error)) (_ any, err error) {
	switch value := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if object[name], err = replace(value[name], by); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return object, nil
	case []any:
		array := make([]any, len(value))
		for i := range value {
			if array[i], err = replace(value[i], by); err != nil {
				return nil, err
			}
		}
		return array, nil
	}
	return by(value)
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

// document works the Value out to a document, a given one where it hands that on.
func (v *Value) document(s *scope) (*document, error) {
	if e, ok := v.compiled.(*expression); ok && e.handsOn(s) != nil {
		return e.handsOn(s), nil
	}
	text, err := workOut(v.compiled, s)
	return &document{text: text}, err
}

// workOut makes JSON of a compiled Value, or of a part of one.
func workOut(compiled any, s *scope) (jsontext.Value, error) {
	value, err := replace(compiled, func(part any) (any, error) {
		e, ok := part.(*expression)
		if !ok {
			return part, nil
		}
		if d := e.handsOn(s); d != nil {
			return d.text, nil
		}
		return e.value(s)
	})
	if err != nil {
		return nil, err
	}
	return encode(value)
}

// decoded works the Value out as Go shows JSON: float64, string, bool, nil,
// []any and map[string]any.
func (v *Value) decoded(s *scope) (any, error) {
	if e, ok := v.compiled.(*expression); ok {
		return e.value(s)
	}
	text, err := workOut(v.compiled, s)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

// expressions lists the text of each expression in the Value.
func (v *Value) expressions() (all []string) {
	_, _ = replace(v.compiled, func(part any) (any, error) { // no error comes from here
		if e, ok := part.(*expression); ok {
			all = append(all, e.text)
		}
		return part, nil
	})
	return all
}
