package asl

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/xiatechs/jsonata-go"
	"github.com/xiatechs/jsonata-go/jtypes"
)

// scope is what an expression can look at.
type scope struct {
	input, result *document      // $states.input, $states.result
	failure       map[string]any // $states.errorOutput
	context       map[string]any // $states.context
	variables     map[string]any
	now           time.Time // $millis()
}

// expression is a compiled JSONata expression.
//
// The library keeps variables in the compiled expression, where executions at
// the same time would overwrite each other's. So the expression is compiled as
// the body of a JSONata function whose parameters are the variables: a call
// keeps its arguments to itself.
//
// What else is peculiar to the library, and what follows for a definition:
//   - a string literal with a dot before its end is taken for a quoted path (see protect);
//   - `~>` changes the compiled expression, and $now keeps the time of the
//     compilation, so they are refused; so is what goes by chance;
//   - `and` and `or` work out both sides, an error on the right included;
//   - a built-in function without its first argument may see the context of
//     another call at the same time;
//   - a null of a document counts as nothing;
//   - `.*` and $keys have no fixed order; where the order matters, use $sort.
type expression struct {
	text       string
	function   jtypes.Callable
	parameters []string // after $states and $millis
	needs      needs
}

// newExpression compiles the text; variables lists the names that it may use.
func newExpression(text string, variables []string) (*expression, error) {
	for _, unknown := range []string{"~>", "$now(", "$random(", "$shuffle(", "$eval("} {
		if strings.Contains(text, unknown) {
			return nil, fmt.Errorf("the expression %s uses %s, which this interpreter does not support", text, unknown)
		}
	}
	e := &expression{text: text, needs: needsOf(text)}
	for _, name := range variables {
		if regexp.MustCompile(`\$` + regexp.QuoteMeta(name) + `\b`).MatchString(text) {
			e.parameters = append(e.parameters, name)
		}
	}
	list := "$" + strings.Join(append([]string{"states", "millis"}, e.parameters...), ", $")
	compiled, err := jsonata.Compile("function(" + list + ") { " + protect(text) + " }")
	if err != nil {
		return nil, fmt.Errorf("the expression %s: %w", text, err)
	}
	if err := compiled.RegisterExts(map[string]jsonata.Extension{"parse": {Func: parseJSON}, "toMillis": {Func: toMillis}}); err != nil {
		return nil, err
	}
	function, err := compiled.Eval(nil)
	if err != nil {
		return nil, fmt.Errorf("the expression %s: %w", text, err)
	}
	callable, ok := function.(jtypes.Callable)
	if !ok {
		return nil, fmt.Errorf("the expression %s is not one expression", text)
	}
	e.function = callable
	return e, nil
}

var (
	literal   = regexp.MustCompile(`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`)
	protector = strings.NewReplacer(".", `\u002e`, "/*", `/\u002a`)
)

// protect writes the dots and comment signs of string literals as escapes: the
// library replaces them before it parses.
func protect(text string) string { return literal.ReplaceAllStringFunc(text, protector.Replace) }

// json works the expression out to JSON.
func (e *expression) json(s *scope) (jsontext.Value, error) {
	if raw := e.needs.copied(s); raw != nil {
		return raw, nil
	}
	v, err := e.value(s)
	if err != nil {
		return nil, err
	}
	return encode(v)
}

// value works the expression out. One that yields nothing is an error, as it is
// on AWS.
func (e *expression) value(s *scope) (_ any, err error) {
	defer func() {
		if p := recover(); p != nil { // the library panics on some values of the wrong type
			err = fmt.Errorf("the expression %s: %v", e.text, p)
		}
	}()
	states, err := e.needs.states(s)
	if err != nil {
		return nil, err
	}
	arguments := []reflect.Value{reflect.ValueOf(states), reflect.ValueOf(clock(s.now.UnixMilli()))}
	for _, name := range e.parameters {
		arguments = append(arguments, reflect.ValueOf(s.variables[name]))
	}
	v, err := e.function.Call(arguments)
	if err != nil {
		return nil, fmt.Errorf("the expression %s: %w", e.text, err)
	}
	if !v.IsValid() || !v.CanInterface() {
		return nil, fmt.Errorf("the expression %s yields nothing", e.text)
	}
	value := v.Interface()
	if null, ok := value.(*any); ok && null == nil { // the library's null
		return nil, nil //nolint:nilnil // JSON's null
	}
	return value, nil
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

// Scope is what [Evaluate] gives to an expression.
type Scope struct {
	States    map[string]any // $states: input, result, errorOutput, context
	Variables map[string]any
	Now       time.Time
}

// Evaluate works out one expression, without `{% %}`. A number is a float64 or
// an integer type.
func Evaluate(text string, given Scope) (any, error) {
	if len(given.States) == 0 {
		return nil, errors.New("a scope without $states")
	}
	var names []string
	for name := range given.Variables {
		names = append(names, name)
	}
	slices.Sort(names)
	e, err := newExpression(text, names)
	if err != nil {
		return nil, err
	}
	s := &scope{variables: given.Variables, now: given.Now}
	for name, target := range map[string]**document{"input": &s.input, "result": &s.result} {
		if value, ok := given.States[name]; ok {
			raw, err := encode(value)
			if err != nil {
				return nil, err
			}
			*target = newDocument(raw)
		}
	}
	s.failure, _ = given.States["errorOutput"].(map[string]any)
	s.context, _ = given.States["context"].(map[string]any)
	return e.value(s)
}
