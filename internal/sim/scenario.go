package sim

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed scenarios/*.json
var files embed.FS

// Scenario is a fleet and what goes wrong with it.
type Scenario struct {
	Description string     `json:"description"`
	Instances   []Instance `json:"instances"`
	Generate    []Generate `json:"generate"`
	Faults      []Fault    `json:"faults"`
	// Shuffle lists the instances in an order by chance, and the rows of every
	// page once more: the vendor promises no order.
	Shuffle bool `json:"shuffle"`
	// IgnoreFilters names fields of DescribeInstances that the server takes for
	// absent, such as "tags": what a filter that is not understood would do.
	IgnoreFilters []string `json:"ignoreFilters"`
}

// Generate makes many instances of one kind.
type Generate struct {
	Prefix string `json:"prefix"` // of the ids, before a number from 0001
	Count  int    `json:"count"`
	// Like is what they are like; it has no ID, and Name and Hostname only if all share them.
	Like Instance `json:"like"`
	// StopTakesUpTo spreads StopTakes by chance between that of Like and this; zero: no spread.
	StopTakesUpTo time.Duration `json:"stopTakesUpTo"`
}

// ScenarioNames are the scenarios that come with the package, sorted.
func ScenarioNames() []string {
	entries, err := files.ReadDir("scenarios")
	if err != nil {
		panic(err) // it is in the binary
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// LoadScenario reads a scenario that comes with the package, by its name, or a
// file, by a path that ends in ".json".
func LoadScenario(nameOrFile string) (Scenario, error) {
	text, err := files.ReadFile(path.Join("scenarios", nameOrFile+".json"))
	switch {
	case strings.HasSuffix(nameOrFile, ".json"):
		text, err = os.ReadFile(nameOrFile) //nolint:gosec // the user names the file to read
		if err != nil {
			return Scenario{}, fmt.Errorf("read scenario: %w", err)
		}
	case err != nil:
		return Scenario{}, fmt.Errorf("no scenario %q: use one of %s, or a .json file", nameOrFile, strings.Join(ScenarioNames(), ", "))
	}
	sc, err := ParseScenario(text)
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", nameOrFile, err)
	}
	return sc, nil
}

// ParseScenario reads a scenario from JSON: the fields of [Scenario], durations
// as "1m30s". Unknown fields are refused.
func ParseScenario(text []byte) (Scenario, error) {
	var sc Scenario
	durations := json.WithUnmarshalers(json.UnmarshalFunc(unmarshalDuration))
	if err := json.Unmarshal(text, &sc, json.RejectUnknownMembers(true), durations); err != nil {
		return Scenario{}, err
	}
	return sc, sc.check()
}

func unmarshalDuration(text []byte, d *time.Duration) error {
	var s string
	err := json.Unmarshal(text, &s)
	if err == nil {
		*d, err = time.ParseDuration(s)
	}
	if err != nil {
		return fmt.Errorf("%s is not a duration such as \"12s\"", text)
	}
	return nil
}

// fleet is every instance of the scenario, the generated ones last.
func (sc Scenario) fleet(chance *rand.Rand) []Instance {
	all := append([]Instance(nil), sc.Instances...)
	for _, g := range sc.Generate {
		for n := range g.Count {
			i := g.Like
			i.ID = g.id(n)
			if spread := g.StopTakesUpTo - i.StopTakes; spread > 0 {
				i.StopTakes += time.Duration(chance.Int64N(int64(spread)))
			}
			all = append(all, i)
		}
	}
	return all
}

// id is that of the n-th generated instance, from 0.
func (g Generate) id(n int) string { return fmt.Sprintf("%s%04d", g.Prefix, n+1) }
