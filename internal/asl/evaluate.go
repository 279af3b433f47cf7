package asl

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Evaluate works out a value of the definition: JSON in which a string may be an
// expression. An expression yields its Go value, a [shutdown.Run] for a whole
// run document; a number is an int; an absent value is nil.
func Evaluate(value jsontext.Value, s Scope) (any, error) {
	if len(value) == 0 {
		return nil, nil //nolint:nilnil // an absent field has no value, and that is no error
	}
	var v any
	if err := json.Unmarshal(value, &v); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	return evaluate(v, s)
}

func evaluate(v any, s Scope) (any, error) {
	var err error
	switch v := v.(type) {
	case string:
		expression, ok := Expression(v)
		if !ok {
			return v, nil
		}
		f, known := expressions[expression]
		if !known {
			return nil, fmt.Errorf("no Go function for the expression %s", expression)
		}
		return f(s), nil
	case float64:
		return int(v), nil
	case []any:
		all := make([]any, len(v))
		for i := range v {
			if all[i], err = evaluate(v[i], s); err != nil {
				return nil, err
			}
		}
		return all, nil
	case map[string]any:
		all := make(map[string]any, len(v))
		for k := range v {
			if all[k], err = evaluate(v[k], s); err != nil {
				return nil, err
			}
		}
		return all, nil
	default:
		return v, nil
	}
}

// Condition works out the Condition of a Choice.
func Condition(condition string, s Scope) (bool, error) {
	v, err := evaluate(condition, s)
	if err != nil {
		return false, err
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("the condition %s is %v, neither true nor false", condition, v)
	}
	return yes, nil
}
