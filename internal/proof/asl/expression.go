package asl

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/xiatechs/jsonata-go"
	"github.com/xiatechs/jsonata-go/jtypes"
)

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
	looksAt    []string // members of $states
}

// newExpression compiles the text; variables lists the names that it may use.
func newExpression(text string, variables []string) (*expression, error) {
	for _, unknown := range []string{"~>", "$now(", "$random(", "$shuffle(", "$eval("} {
		if strings.Contains(text, unknown) {
			return nil, fmt.Errorf("the expression %s uses %s, which this interpreter does not support", text, unknown)
		}
	}
	e := &expression{text: text}
	for _, used := range statesUsed.FindAllStringSubmatch(text, -1) {
		e.looksAt = append(e.looksAt, used[1])
	}
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

// handsOn is the document that the expression hands on as it is; nil where it has to be
// worked out.
func (e *expression) handsOn(s *scope) *document {
	switch e.text {
	case "$states.input":
		return s.input
	case "$states.result.Payload":
		return s.payload
	}
	return nil
}

// statesUsed finds $states with the member that follows it; none where all of it is used.
var statesUsed = regexp.MustCompile(`\$states\b(?:\.(\w+))?`)

// states makes the $states that the expression looks at: documents that it does not
// need stay as they are, because to decode them takes time.
func (e *expression) states(s *scope) (map[string]any, error) {
	states := map[string]any{}
	if s.failure != nil {
		states["errorOutput"] = s.failure
	}
	if s.context != nil {
		states["context"] = s.context
	}
	for name, d := range map[string]*document{"input": s.input, "result": s.result} {
		if d == nil || !slices.Contains(e.looksAt, name) && !slices.Contains(e.looksAt, "") {
			continue
		}
		value, err := d.decoded()
		if err != nil {
			return nil, err
		}
		states[name] = value
	}
	return states, nil
}

// value works the expression out. One that yields nothing is an error, as it is
// on AWS.
func (e *expression) value(s *scope) (value any, err error) {
	states, err := e.states(s)
	if err != nil {
		return nil, err
	}
	value, err = e.workOut(states, s)
	if s.worked != nil {
		given := map[string]any{}
		for _, name := range e.parameters {
			given[name] = s.variables[name]
		}
		s.worked(Evaluation{e.text, states, given, s.now.UnixMilli(), value, err != nil})
	}
	return value, err
}

func (e *expression) workOut(states map[string]any, s *scope) (_ any, err error) {
	defer func() {
		if p := recover(); p != nil { // the library panics on some values of the wrong type
			err = fmt.Errorf("the expression %s: %v", e.text, p)
		}
	}()
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
