package sim

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed scenarios/*.json
var files embed.FS

// Scenario is a fleet, and what goes wrong with it.
type Scenario struct {
	Description string     `json:"description"`
	Instances   []Instance `json:"instances"`
	Generate    []Generate `json:"generate"`
	Faults      []Fault    `json:"faults"`
	// Shuffle lists the instances in a random order, and the rows of every page in
	// another one: the vendor promises no order.
	Shuffle bool `json:"shuffle"`
	// IgnoreFilters names fields of DescribeInstances that the server treats as
	// absent, such as "tags". It shows what happens to a client where Zenlayer does
	// not understand a filter.
	IgnoreFilters []string `json:"ignoreFilters"`
	// PageSizeCap is the most rows of a page; zero: as many as the request asks
	// for. A request for more gets that many, and its pageNum counts such pages;
	// totalCount stays right. That the vendor does so is not confirmed.
	PageSizeCap int `json:"pageSizeCap"`
	// RequestsPerSecond is how many API requests are answered in each second of the
	// scenario, counted in fixed windows that begin at its start; zero: no limit.
	// Every further request of that second gets 429 REQUEST_LIMIT_EXCEEDED, has no
	// effect and meets no fault. The vendor's real limits are not known.
	RequestsPerSecond int `json:"requestsPerSecond"`
	// Latency is the time from the arrival of a request to its answer; zero: none.
	// What the request does, it does when it arrives.
	Latency time.Duration `json:"latency"`
}

// Generate makes many instances of one kind.
type Generate struct {
	Prefix string `json:"prefix"` // of the ids, before a number from 0001
	Count  int    `json:"count"`
	// Like is what they are like. It has no ID, and a Name or a Hostname only where
	// all share it.
	Like Instance `json:"like"`
	// StopTakesUpTo draws each StopTakes by chance between that of Like and this;
	// zero: all take as long as Like.
	StopTakesUpTo time.Duration `json:"stopTakesUpTo"`
}

// ScenarioNames are the names of the scenarios that come with the package, sorted.
func ScenarioNames() []string {
	entries, err := files.ReadDir("scenarios")
	if err != nil {
		panic(err) // the folder is embedded, so it cannot be missing
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

// unmarshalDuration reads a duration as a string such as "12s".
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

// fleet is every instance of the scenario, the generated ones last. The caller
// must not change them.
func (sc *Scenario) fleet(chance *rand.Rand) []Instance {
	all := slices.Clip(sc.Instances) // so that append copies them
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
