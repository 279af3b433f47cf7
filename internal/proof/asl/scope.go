package asl

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// scope is what an expression can look at.
type scope struct {
	input, result *document      // $states.input, $states.result
	payload       *document      // of the result of a function; nil: there is none
	failure       map[string]any // $states.errorOutput
	context       map[string]any // $states.context
	variables     map[string]any
	now           time.Time // $millis()
	worked        func(Evaluation)
}

// Scope is what [Evaluate] gives to an expression, and [State.Test] to a state.
type Scope struct {
	States    map[string]any // $states: input, result, errorOutput, context
	Variables map[string]any
	Now       time.Time
}

// Evaluate works out one expression, without `{% %}`. A number is a float64 or
// an integer type.
func Evaluate(text string, given Scope) (any, error) {
	s, err := given.scope()
	if err != nil {
		return nil, err
	}
	e, err := newExpression(text, slices.Sorted(maps.Keys(given.Variables)))
	if err != nil {
		return nil, err
	}
	return e.value(s)
}

func (given Scope) scope() (*scope, error) {
	if len(given.States) == 0 {
		return nil, errors.New("a scope without $states")
	}
	s := &scope{variables: given.Variables, now: given.Now}
	for name, target := range map[string]**document{"input": &s.input, "result": &s.result} {
		if value, ok := given.States[name]; ok {
			raw, err := encode(value)
			if err != nil {
				return nil, err
			}
			*target = &document{text: raw}
		}
	}
	s.failure, _ = given.States["errorOutput"].(map[string]any)
	s.context, _ = given.States["context"].(map[string]any)
	return s, nil
}

// clock is the function $millis at one moment.
type clock int64

func (clock) Name() string    { return "millis" }
func (clock) ParamCount() int { return 0 }

// Call returns the moment in milliseconds since 1970.
func (c clock) Call([]reflect.Value) (reflect.Value, error) { return reflect.ValueOf(float64(c)), nil }

// parseJSON is $parse, which Step Functions adds to JSONata.
func parseJSON(text string) (any, error) { return decode(jsontext.Value(text)) }

// toMillis takes RFC 3339 only. The library's own takes many forms, and is slow.
func toMillis(text string) (float64, error) {
	t, err := time.Parse(time.RFC3339, text)
	return float64(t.UnixMilli()), err
}
