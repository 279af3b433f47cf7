package trigger

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/text"
)

// dimension is the name of the dimension that names a machine.
const dimension = "InstanceId"

// readDimensions returns the InstanceId among the dimensions of a metric, if there is
// one. It objects to a name that is InstanceId but for its spelling, whatever its value:
// without its machine the alarm would stop those of AlarmTarget, which are others.
func readDimensions(raw jsontext.Value, at string) ([]string, error) {
	if !given(raw) {
		return nil, nil
	}
	if raw.Kind() != '{' {
		return nil, fmt.Errorf("%s: is %s, must be an object", at, found(raw.Kind()))
	}
	m, err := readMembers(raw)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(m)) { // sorted, so that each delivery has the same report
		if misspelt(name) {
			return nil, fmt.Errorf("%s%s: is not the dimension %s; publish the metric and make the alarm with the name %s, spelled exactly so", at, element(name), dimension, dimension)
		}
	}
	if _, ok := m[dimension]; !ok {
		return nil, nil
	}
	id, err := m.instanceID()
	if err != nil {
		return nil, fmt.Errorf("%s.%w", at, err)
	}
	return []string{id}, nil
}

// instanceID reads the value of the dimension.
func (m members) instanceID() (string, error) {
	value, err := m.get(dimension, '"', "a string")
	if err != nil {
		return "", err
	}
	id := string(value)
	if unquoted, err := jsontext.AppendUnquote(nil, value); err == nil {
		id = string(unquoted)
	}
	return id, checkID(id, dimension)
}

// misspelt reports whether a name is InstanceId but for case, blanks, underscores and
// hyphens, and characters that nobody sees.
func misspelt(name string) bool {
	bare := strings.Map(func(r rune) rune {
		if text.IsBlank(r) || r == '_' || r == '-' {
			return -1
		}
		return r
	}, name)
	return name != dimension && strings.EqualFold(bare, dimension)
}
