package runs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zenstop/internal/daily"
	"zenstop/internal/power"
)

// Morning is how a run works out when what it stops is started again: at the next such time by
// the clocks of ScheduleTimezone, on a day that is none of StartSkipDates.
type Morning struct {
	Clock string     `json:"clock"`           // HH:MM
	Days  string     `json:"days"`            // as in MON,TUE
	Stack bool       `json:"stack,omitempty"` // both are settings of the stack: what they are when the run wakes up counts
	After *time.Time `json:"after,omitempty"` // the moment after which it is; nil: not worked out yet
}

// Mornings are the settings of the stack for starts.
type Mornings struct {
	StartTime string   // HH:MM; empty: the schedule starts nothing again
	StartDays string   // as in MON,TUE
	SkipDates []string // yyyy-mm-dd
	Mistake   string   // what cannot be read; empty: nothing
}

// next is the next such time after that one.
func (m Morning) next(after time.Time, r Runner) (time.Time, error) {
	zone := r.Rules.Zone
	if r.Mornings.Mistake != "" {
		return time.Time{}, errors.New(r.Mornings.Mistake)
	}
	if zone == nil {
		return time.Time{}, errors.New("ScheduleTimezone is not a valid IANA time zone")
	}
	times, err := daily.Parse(m.Clock, m.Days)
	if err != nil {
		return time.Time{}, fmt.Errorf("StartTime and StartDays: %w", err)
	}
	at, ok := times.Next(after, zone, r.Mornings.SkipDates)
	if !ok {
		return time.Time{}, errNoMorning
	}
	return at, nil
}

var errNoMorning = fmt.Errorf("there is no start time within %d days", daily.Ahead/(24*time.Hour))

// setMorning says when what the run stops is started again, before it stops anything: no stop
// is asked for at that time or after it. It returns why the run is refused, where that time has
// come before the first stop may be asked for. A setting that cannot be read harms the start
// alone.
func (r Runner) setMorning(run *Run) (refused string) {
	if m := run.Memory.Morning; m != nil && run.ComeBacks == 0 && run.Action == power.Stop {
		after := run.stopsFrom()
		run.unsay(nothingBack)
		if !run.Memory.Extended {
			run.Deadline = after.Add(time.Duration(run.Memory.Timeout) * time.Second) // as it was before a start capped it
		}
		at, err := m.next(after, r)
		if err != nil {
			run.StartAt = nil
			run.say(nothingBack + err.Error() + ".")
			return ""
		}
		set := *m
		set.After, run.StartAt, run.Memory.Morning = &after, &at, &set
	}
	return run.endBeforeStart()
}

// nothingBack is how a remark begins that says why nothing is started again.
const nothingBack = "Nothing is started again: "

// New starts the run document of a request, as [New] does. Where nobody has to be warned first,
// it knows from the beginning when what it stops is started again.
func (r Runner) New(req Request) Run {
	run := New(req, r.Now())
	if run.Memory.Warn > 0 {
		return run
	}
	if known := run.clone(); r.setMorning(&known) == "" {
		return known
	}
	return run
}

// endBeforeStart caps the deadline of a run that stops at the time of the start.
func (r *Run) endBeforeStart() (refused string) {
	if r.StartAt == nil || r.Action != power.Stop {
		return ""
	}
	if !r.actsFrom().Before(*r.StartAt) {
		return fmt.Sprintf("startAt is %s, and must be later than %s, from which the run may stop.", r.StartAt.Format(time.RFC3339), r.actsFrom().Format(time.RFC3339))
	}
	if r.Deadline.After(*r.StartAt) {
		r.Deadline = *r.StartAt
	}
	return ""
}

// wake is for a run that starts again, when the time has come for which it held. One of the
// schedule works the time out once more with the settings of now, and holds on where it is
// later. It reports whether the run goes on to its plan.
func (r Runner) wake(run *Run) (move, bool) {
	m := run.Memory.Morning
	if !run.startsAgain() || m == nil || !m.Stack || m.After == nil {
		return move{}, true
	}
	if r.Mornings.StartTime == "" {
		run.unpack(r.Now())
		return endsAs(OutcomeSkipped, "Skipped, nothing was started: StartTime is empty now."), false
	}
	at, err := Morning{Clock: r.Mornings.StartTime, Days: r.Mornings.StartDays}.next(*m.After, r)
	switch {
	case errors.Is(err, errNoMorning):
		run.unpack(r.Now())
		return endsAs(OutcomeSkipped, "Skipped, nothing was started: "+err.Error()+"."), false
	case err != nil || !at.After(r.Now()):
		return move{}, true
	}
	lasts := run.Deadline.Sub(run.StartedAt)
	run.StartAt, run.StartedAt, run.Deadline = &at, at, at.Add(lasts)
	return move{next: NextHold, says: run.waits(len(run.Memory.InstanceIDs))}, false
}

// startsAgain reports whether the run is one that starts again what another one has stopped.
func (r *Run) startsAgain() bool { return r.Action == power.Start && r.StartAt != nil }

// waits says what a run that starts again holds for.
func (r *Run) waits(instances int) string {
	return fmt.Sprintf("Holds until %s, and then starts %s.", r.StartAt.Format(time.RFC3339), countOf(instances))
}

// mustRestore reports whether the instance is to be started again.
func (r *Run) mustRestore(in *power.Instance) bool {
	return r.StartAt != nil && r.Action == power.Stop && r.Action.Restores(in)
}

// restore are the runs that start again what this one has stopped: one of its own, or one for
// each part that died, under the name that this part would have given it. Each holds until the
// time of the start. What another run comes back to, that one starts again.
func (r *Run) restore(back *Run, parts []PartEnd, now time.Time) []Run {
	all := []Run{}
	if r.StartAt == nil || r.Action != power.Stop || !r.handsOn() || r.CheckOnly || r.DryRun {
		return all
	}
	others := map[string]bool{}
	if back != nil {
		for i := range back.Instances {
			others[back.Instances[i].ID] = true
		}
	}
	// RUNNING is no proof right after a stop: Zenlayer may show it for a while. So the start of
	// what was not seen STOPPED keeps the same distance from the last request as a second stop.
	settled := now.Add(power.Patience)
	if own := r.instances(func(in *power.Instance) bool { return in.Memory.Restore && !others[in.ID] }); len(own) > 0 {
		from := now
		if slices.ContainsFunc(own, func(in *power.Instance) bool { return !in.Verdict.Reached() }) {
			from = settled
		}
		all = append(all, r.restoring(r.Name, ids(own), r.Memory, from))
	}
	for _, p := range parts {
		if p.Lost == nil {
			continue
		}
		var up []string
		for _, status := range slices.Sorted(maps.Keys(p.Lost.Statuses)) {
			if r.Action.IsNear(status) {
				up = append(up, p.Lost.Statuses[status]...)
			}
		}
		if len(up) > 0 {
			all = append(all, r.restoring(p.Lost.Name, up, Memory{Timeout: p.Lost.Timeout, Morning: p.Lost.Morning}, settled))
		}
	}
	return all
}

// restoring is the run that starts these instances again after the execution of this name, and
// not before that moment.
func (r *Run) restoring(name string, ids []string, of Memory, from time.Time) Run {
	at, most := latest(*r.StartAt, power.WholeSecond(from)), len(ids)
	run := Run{
		Name: name + startSuffix, Trigger: r.Trigger, Action: power.Start,
		StartedAt: at, Deadline: at.Add(time.Duration(of.Timeout) * time.Second), StartAt: &at,
		Outcome: OutcomeWaiting, Next: NextHold, WaitSeconds: 1,
		Instances: []power.Instance{}, Counts: map[power.Verdict]int{}, Notes: []string{},
		Memory: Memory{MaxInstances: &most, Timeout: of.Timeout, Morning: of.Morning, InstanceIDs: ids},
	}
	run.Summary = run.waits(most)
	return run
}

const startSuffix = "-start"

// Restart is what a report says of a run that starts again.
type Restart struct {
	Instances int       `json:"instances"`
	At        time.Time `json:"at"` // the time until which it holds
}

// tellOfMorning says in the report when, and by which run, what was stopped comes back.
func (r *Run) tellOfMorning(further []Run) {
	for _, f := range further {
		if f.Action != power.Start {
			continue
		}
		if r.Memory.Starts == nil {
			r.Memory.Starts = map[string]Restart{}
		}
		r.Memory.Starts[f.Name] = Restart{Instances: len(f.Memory.InstanceIDs), At: *f.StartAt}
		r.StartsAgain += len(f.Memory.InstanceIDs)
	}
	r.sayMorning()
}

// notStarted takes back what the report said of a run that could not be started.
func (r *Run) notStarted(name string) {
	r.StartsAgain -= r.Memory.Starts[name].Instances
	delete(r.Memory.Starts, name)
	r.unsay("", startedAgainAt)
	r.sayMorning()
}

const startedAgainAt = " started again at "

func (r *Run) sayMorning() {
	if r.StartsAgain == 0 || r.Part > 0 || r.StartAt == nil {
		return
	}
	by, at := "a run for each part", *r.StartAt
	for name, of := range r.Memory.Starts {
		if of.Instances == r.StartsAgain {
			by, at = "the run "+name, of.At
		}
	}
	r.amend(fmt.Sprintf("%s %s%s%s, by %s.", countOf(r.StartsAgain), verb(r.StartsAgain, "is", "are"), startedAgainAt, at.Format(time.RFC3339), by))
}

// unsay drops the notes that begin like this, and hold that text, and their lines of the summary.
func (r *Run) unsay(begin string, holds ...string) {
	was := strings.TrimSuffix(r.Summary, tailOf(r.Remarks))
	drop := func(note string) bool {
		return strings.HasPrefix(note, begin) && !slices.ContainsFunc(holds, func(part string) bool { return !strings.Contains(note, part) })
	}
	r.Notes, r.Remarks = slices.DeleteFunc(r.Notes, drop), slices.DeleteFunc(r.Remarks, drop)
	r.Summary = before(tailOf(r.Remarks), was)
}

// back is what a text says of the time at which the run starts again what it stops.
func (r *Run) back(format string) string {
	if r.StartAt == nil || r.Action != power.Stop {
		return ""
	}
	return fmt.Sprintf(format, r.StartAt.Format(time.RFC3339))
}

// amend adds a note with which the summary of a run ends that has ended already.
func (r *Run) amend(line string) {
	was := strings.TrimSuffix(r.Summary, tailOf(r.Remarks))
	r.remark(line)
	r.Remarks = slices.Insert(r.Remarks, 0, line)
	r.Summary = before(tailOf(r.Remarks), was)
}
