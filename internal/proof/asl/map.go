package asl

import (
	"context"
	"fmt"
	"maps"

	"github.com/go-json-experiment/json/jsontext"
)

// iterate goes through the items of a Map, side by side. Its result is the array
// of what the iterations return; one that fails fails the Map.
func (v *visit) iterate(ctx context.Context) *Failure {
	iterations, failure := v.iterations()
	if failure != nil {
		return failure
	}
	v.events.Add(int64(2 + 2*len(iterations))) // started, succeeded; each iteration too
	ends := make([]End, len(iterations))
	v.env.Parallel(len(iterations), func(i int) { ends[i] = iterations[i].run(ctx) })
	return v.gather(ends)
}

// iterations prepares a walk for each item.
func (v *visit) iterations() ([]*walk, *Failure) {
	value, err := v.state.Items.decoded(v.scope)
	if err != nil {
		return nil, queryFailure("Items", err)
	}
	items, ok := value.([]any)
	if !ok {
		return nil, &Failure{errQuery, fmt.Sprintf("Items: %s is no array", v.state.Items.Text())}
	}
	all := make([]*walk, len(items))
	for i, item := range items {
		w := &walk{execution: v.execution, flow: &v.state.ItemProcessor.Flow, variables: v.variables, name: v.state.ItemProcessor.StartAt}
		w.context = maps.Clone(v.context)
		w.context["Map"] = map[string]any{"Item": map[string]any{"Index": i, "Value": item}}
		if w.input, err = v.itemInput(w.context, item); err != nil {
			return nil, queryFailure("ItemSelector", err)
		}
		all[i] = w
	}
	return all, nil
}

func (v *visit) itemInput(item map[string]any, value any) (*document, error) {
	if v.state.ItemSelector.absent() {
		text, err := encode(value)
		return &document{text: text}, err
	}
	s := *v.scope
	s.context = item
	return v.state.ItemSelector.document(&s)
}

// gather makes the Map's result of what its iterations returned.
func (v *visit) gather(ends []End) *Failure {
	result := jsontext.Value{'['}
	for i, end := range ends {
		if end.Status != Succeeded {
			return &Failure{end.Error, end.Cause}
		}
		if i > 0 {
			result = append(result, ',')
		}
		result = append(result, end.Output...)
	}
	v.scope.result = &document{text: append(result, ']')}
	return tooLarge("the result", len(result))
}
