package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"zenstop/internal/proof/sim"
)

// lastRequests is how many requests the page shows.
const lastRequests = 20

// maxTags is how many bytes the body of PUT /tags/{id} may have.
const maxTags = 1 << 16

// console serves the API, and pages that show what the simulator does.
type console struct {
	set    settings
	server atomic.Pointer[sim.Server]
}

// newConsole starts the scenario. Every path that is not one of its own goes to
// the API, which answers it as Zenlayer would.
func newConsole(set settings) (http.Handler, error) {
	c := &console{set: set}
	if err := c.restart(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.server.Load().ServeHTTP(w, r) })
	mux.HandleFunc("GET /{$}", c.page)
	mux.HandleFunc("GET /state", c.state)
	mux.HandleFunc("GET /requests", c.requests)
	mux.HandleFunc("POST /reset", c.reset)
	mux.HandleFunc("PUT /tags/{id}", c.tags)
	return mux, nil
}

// restart replaces the server by one that has the scenario at its start.
func (c *console) restart() error {
	s, err := sim.New(c.set.options)
	if err == nil {
		c.server.Store(s)
	}
	return err
}

// reset serves POST /reset.
func (c *console) reset(w http.ResponseWriter, _ *http.Request) {
	if err := c.restart(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// tags serves PUT /tags/{id}: the body, an object of keys and values, becomes the
// tags of the instance.
func (c *console) tags(w http.ResponseWriter, r *http.Request) {
	var tags map[string]string
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxTags)).Decode(&tags); err != nil {
		http.Error(w, "the body is no object of tags: "+err.Error(), http.StatusBadRequest)
		return
	}
	if !c.server.Load().SetTags(r.PathValue("id"), tags) {
		http.Error(w, "the scenario has no such instance", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// state is the JSON of GET /state.
type state struct {
	Scenario  string         `json:"scenario"`
	Calls     map[string]int `json:"calls"`
	Injected  map[string]int `json:"injected"`
	Instances []sim.Truth    `json:"instances"`
}

// now is the state at this moment.
func (c *console) now() state {
	s := c.server.Load()
	calls := map[string]int{}
	for _, action := range []string{sim.ActionDescribe, sim.ActionStop} {
		calls[action] = s.Calls(action)
	}
	return state{Scenario: c.set.scenario, Calls: calls, Injected: s.Injected(), Instances: s.Truths()}
}

// state serves GET /state.
func (c *console) state(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.now()) }

// requests serves GET /requests.
func (c *console) requests(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, c.server.Load().Requests())
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // nobody reads it where the client has gone
}

// page is the state and the last requests as plain text.
func (c *console) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	now := c.now()
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "Scenario %s: %s\n\n", now.Scenario, c.set.options.Scenario.Description)
	fmt.Fprintln(t, "INSTANCE\tREAL STATUS\tSHOWN STATUS\tACCEPTED STOPS\tSTOPPED AT (UTC)")
	for _, i := range now.Instances {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", i.ID, orNotListed(i.Status), orNotListed(i.Shown), i.AcceptedStops, clock(i.Stopped))
	}
	fmt.Fprintf(t, "\nRequests so far: %s\nInjected faults so far: %s\n\n", list(now.Calls), list(now.Injected))
	fmt.Fprintf(t, "The last %d requests at most, oldest first; status 0 means that no answer was sent:\n\n", lastRequests)
	fmt.Fprintln(t, "TIME (UTC)\tACTION\tIDS IN THE REQUEST\tHTTP STATUS\tCODE\tINJECTED FAULT")
	all := c.server.Load().Requests()
	for _, r := range all[max(0, len(all)-lastRequests):] {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\n", clock(r.At), r.Action, len(r.InstanceIDs), r.Status, r.Code, r.Fault)
	}
	_ = t.Flush() // nobody reads it where the client has gone
}

// orNotListed is the text for a status that may be empty.
func orNotListed(status string) string {
	if status == "" {
		return "(not listed)"
	}
	return status
}

// clock is the time of day in UTC, or a dash for a time that has not come.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("15:04:05")
}

// list is the counters as text, sorted by name.
func list(counts map[string]int) string {
	if len(counts) == 0 {
		return "none"
	}
	var text []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		text = append(text, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(text, ", ")
}
