package small

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// key is the same for two nodes that are followed by the same: what differs in nothing but when
// it is, and in what is only told, is one state.
func (w *world) key(n *node) string {
	var doc map[string]any
	if err := json.Unmarshal(n.input, &doc); err != nil {
		panic(err) // a state hands on a document
	}
	models := slices.Clone(n.models)
	for i := range models {
		models[i].fresh = false
		m := &models[i]
		for _, at := range []*time.Duration{&m.since, &m.rows.since, &m.rows.until, &m.reads.since, &m.reads.until} {
			*at = min(n.now-*at, 40*time.Second)
		}
		m.accepted = min(n.now-m.accepted, patience)
	}
	failure, _ := n.variables["failure"].(map[string]any)
	text, err := json.Marshal([]any{n.state, relative(doc, "", n.now), failure["Error"], fmt.Sprintf("%+v", models), n.faults, max(-1, keptFor-n.now)})
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return string(sum[:])
}

// onlyTold are the members of a document that are only told, or that count calls; t is when an instance was seen. So of two ways
// to a state that differ in a note, the report of the first alone is judged.
var onlyTold = []string{"t", "run", "trigger", "checks", "summary", "notes", "remarks", "counts", "seconds", "waitSeconds", "name"}

// relative is a value of a document with times as what is left until then.
func relative(v any, of string, now time.Duration) any {
	switch v := v.(type) {
	case map[string]any:
		all := map[string]any{}
		for name, member := range v {
			if !slices.Contains(onlyTold, name) {
				all[name] = relative(member, name, now)
			}
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = relative(v[i], of, now)
		}
		return all
	case string:
		if of == "note" {
			return v != ""
		}
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return int(at.Sub(begins.Add(now)) / time.Second)
		}
	case float64:
		if v > 1e9 { // Unix seconds
			return int(v) - int(begins.Add(now).Unix())
		}
	}
	return v
}
