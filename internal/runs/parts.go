package runs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"zenstop/internal/power"
)

// Part is what a child execution of a large run is to carry out. It is made by
// the plan, once, so each instance is in exactly one part however often a call is
// repeated.
type Part struct {
	Name         string              `json:"run"`                  // the child execution's name: <run>-part-1 and so on
	MaxInstances int                 `json:"maxInstances"`         // how many instances the part may ask for
	Room         int                 `json:"room"`                 // as in [Memory]
	Warn         int                 `json:"warn,omitempty"`       // as in [Memory]
	Timeout      int                 `json:"timeout,omitempty"`    // as in [Memory]
	Morning      *Morning            `json:"morning,omitempty"`    // as in [Memory]
	Sharers      int                 `json:"sharers"`              // how many parts the run has: they share the pace of the calls
	QuietUntil   int64               `json:"quietUntil,omitempty"` // as in [Memory]
	Statuses     map[string][]string `json:"statuses"`             // the part's ids by the status that the plan saw; "": see handedOver
	Unmatched    int                 `json:"unmatched,omitempty"`  // of the first so many with the status "" nobody knows whether the filter matches them
}

// hand gives the part its instances.
func (p *Part) hand(group []power.Instance, a power.Action) {
	p.Statuses = map[string][]string{}
	for i := range group {
		status := a.HandedOver(&group[i])
		p.Statuses[status] = append(p.Statuses[status], group[i].ID)
		if group[i].Memory.Unmatched { // to the front
			unseen := p.Statuses[""]
			unseen[p.Unmatched], unseen[len(unseen)-1] = unseen[len(unseen)-1], unseen[p.Unmatched]
			p.Unmatched++
		}
	}
}

// instances makes the instances of the part, as the plan of the whole run saw them.
func (r *Run) instancesOf(p *Part, now time.Time) []power.Instance {
	var all []power.Instance
	for _, status := range slices.Sorted(maps.Keys(p.Statuses)) {
		all = append(all, r.rows(p.Statuses[status], status, now)...)
	}
	for i := range p.Unmatched {
		all[i].Memory.Unmatched = true // the empty status is the first
	}
	return all
}

// Bounds of what a run has room for.
const (
	maxTarget   = 240_000 // bytes of a document that the ids and what describes their parts may take
	perPart     = 600     // bytes of a part in a document beside its ids
	perReport   = 12_000  // bytes of what a part returns beside its instances, where its texts are as long as they can be
	mostParts   = maxTarget / perReport
	perID       = 3   // bytes of an id in JSON beside the id itself: two quotes and a comma
	perInstance = 215 // bytes of an instance in a document beside its id, on the way, where it is as large as it can be
)

// errInParts is the error of a round or a check of a large run: only its
// child executions have instances.
var errInParts = errors.New("the run has parts: each is carried out in an execution of its own")

// CheckRoom says why these instances are more than one run has room for, or nil.
// The ids of a large run must fit one document.
func CheckRoom(ids []string) error {
	bytes, longest := 0, 0
	for _, id := range ids {
		bytes, longest = bytes+len(id)+perID, max(longest, len(id))
	}
	parts := (len(ids)-1)/largestPart(longest) + 1
	bytes += parts * perPart
	if parts > mostParts {
		return fmt.Errorf("has %d ids, which is %d parts, a run has room for %d: use several events, or a filter that matches fewer", len(ids), parts, mostParts)
	}
	if bytes <= maxTarget {
		return nil
	}
	return fmt.Errorf("has %d ids that take %d bytes, a run has room for %d, which is 10000 ids of 20 characters: use several events, or a filter that matches fewer",
		len(ids), bytes, maxTarget)
}

// fitsOneExecution reports whether a document has room for these instances, all
// the way to the end of the run.
func fitsOneExecution(ids []string) bool {
	bytes := 0
	for _, id := range ids {
		bytes += len(id) + perInstance
	}
	return len(ids) <= MaxInstancesPerRun && bytes <= maxDocument
}

// split turns a planned run that is too large for one execution into parts of
// about the same size.
func (r *Run) split() {
	size := partSize(r.Instances)
	groups := slices.Collect(slices.Chunk(r.Instances, size))
	limits := r.shareLimit(groups)
	for n, group := range groups {
		part := Part{
			Name: fmt.Sprintf("%s-part-%d", r.Name, n+1), MaxInstances: limits[n],
			Warn: r.Memory.Warn, Timeout: r.Memory.Timeout, Morning: r.Memory.Morning, Sharers: len(groups),
		}
		part.hand(group, r.Action)
		r.Memory.Parts = append(r.Memory.Parts, part)
	}
	r.Instances = []power.Instance{}
	r.shareRoom()
}

// shareRoom shares the room of one payload out among the parts: what they return comes to
// the run at once, and of a part that dies its ids. Each has room for its texts, so that a
// small part can name its instances too; the rest goes by the bytes of their ids.
func (r *Run) shareRoom() {
	all, rest := size(r.Memory.Parts), maxTarget-len(r.Memory.Parts)*perReport
	for i := range r.Memory.Parts {
		r.Memory.Parts[i].Room = perReport + size(&r.Memory.Parts[i])*rest/all
	}
}

// shareLimit shares the limit of a run out among its parts. Each gets room for what the
// plan saw and would ask for; then, as far as the limit goes, for what the plan did not
// see; and then for the rest, because what was kept, say, may lose its tag after the plan.
func (r *Run) shareLimit(groups [][]power.Instance) []int {
	limit := r.limit()
	limits := make([]int, len(groups))
	for _, wanted := range []func(*power.Instance) bool{r.Action.MayAsk, r.Action.MayBeNear, anyInstance} {
		for n, group := range groups {
			count := 0
			for i := range group {
				if wanted(&group[i]) {
					count++
				}
			}
			more := min(limit, count-limits[n])
			limits[n] += more
			limit -= more
		}
	}
	return limits
}

// partSize is how many instances go into a part: whole hundreds where they fit,
// as Zenlayer takes a hundred ids a call.
func partSize(rows []power.Instance) int {
	longest := 0
	for i := range rows {
		longest = max(longest, len(rows[i].ID))
	}
	most := largestPart(longest)
	parts := (len(rows) + most - 1) / most
	size := (len(rows) + parts - 1) / parts
	return (size + 99) / 100 * 100
}

// largestPart is how many instances with ids of this length fit one execution, in whole
// hundreds.
func largestPart(length int) int {
	return min(MaxInstancesPerRun, maxDocument/(length+perInstance)) / 100 * 100
}

// ids are all of the part's, by status. A nil part has no ids.
func (p *Part) ids() []string {
	if p == nil {
		return nil
	}
	var ids []string
	for _, status := range slices.Sorted(maps.Keys(p.Statuses)) {
		ids = append(ids, p.Statuses[status]...)
	}
	return ids
}

// sharers is how many executions ask Zenlayer at the same time for the same event.
func (r *Run) sharers() int {
	if p := r.Memory.Part; p != nil {
		return p.Sharers
	}
	return r.Memory.Sharers
}

// unpack makes the instances of an unplanned run that has none yet: those of its
// part, as the plan of the whole run saw them, or those that the event names.
func (r *Run) unpack(now time.Time) {
	if p := r.Memory.Part; p != nil {
		r.Instances = append(r.Instances, r.instancesOf(p, now)...)
		r.Memory = Memory{MaxInstances: &p.MaxInstances, Warn: p.Warn, Timeout: p.Timeout, Morning: p.Morning, Sharers: p.Sharers, QuietUntil: p.QuietUntil, Room: p.Room}
	}
	r.Instances = append(r.Instances, r.rows(r.Memory.InstanceIDs, "", now)...)
	r.Memory.InstanceIDs = nil
}
