package runs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
)

// sized are n ids of this many characters.
func sized(n, characters int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%0*d", characters, i)
	}
	return ids
}

func TestAPlanHasRoomForTenThousandIdsOfTwentyCharacters(t *testing.T) {
	for name, c := range map[string]struct {
		ids  []string
		room bool
	}{
		"10,000 ids of 20 characters":       {sized(10_000, 20), true},
		"with their parts":                  {sized(10_000, 20), true},
		"a character more each":             {sized(10_000, 21), false},
		"shorter ids leave room for more":   {sized(20_000, 5), true},
		"but not for more than 20 parts":    {sized(20_001, 5), false},
		"longer ids leave room for less":    {sized(4_000, 64), false},
		"nobody":                            {nil, true},
		"what one execution holds has room": {sized(MaxInstancesPerRun, 64), true},
	} {
		if err := CheckRoom(c.ids); (err == nil) != c.room {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALargeRunIsCutIntoPartsOfWholeHundreds(t *testing.T) {
	for name, c := range map[string]struct {
		n, characters int
		want          []int
	}{
		"a thousand fit one execution":      {1000, 20, nil},
		"a thousand of the longest that do": {1000, 25, nil},
		"a thousand of longer ids do not":   {1000, 26, []int{500, 500}},
		"1,001":                             {1001, 20, []int{600, 401}},
		"1,200":                             {1200, 20, []int{600, 600}},
		"2,500":                             {2500, 20, []int{900, 900, 700}},
		"exactly two parts of a thousand":   {2000, 20, []int{1000, 1000}},
		"one more than two parts":           {2001, 20, []int{700, 700, 601}},
		"exactly three hundreds each":       {1800, 20, []int{900, 900}},
		"2,000 of the longest ids":          {2000, 64, []int{700, 700, 600}},
	} {
		t.Run(name, func(t *testing.T) {
			ids := sized(c.n, c.characters)
			if one := fitsOneExecution(ids); one != (c.want == nil) {
				t.Fatalf("fits one execution: %v", one)
			}
			if c.want == nil {
				return
			}
			run := New(Request{Action: power.Stop, Name: "r", MaxInstances: c.n, Timeout: time.Hour}, at(0))
			run.Instances = rows(ids, "RUNNING", at(0))
			run.split()
			var sizes []int
			for i, p := range run.Memory.Parts {
				sizes = append(sizes, len(p.ids()))
				if p.MaxInstances != len(p.ids()) || p.Room < maxTarget/(len(c.want)+1) || p.Name != fmt.Sprintf("r-part-%d", i+1) {
					t.Errorf("%s may stop %d and return %d bytes", p.Name, p.MaxInstances, p.Room)
				}
			}
			if !slices.Equal(sizes, c.want) {
				t.Errorf("parts of %v, want %v", sizes, c.want)
			}
		})
	}
}

// A finding of the campaign: a machine that lost its keep tag between the plan of a large
// run and that of its part was REFUSED, though the limit of the run had room.
func TestPartsShareTheLimitByWhatTheyMayComeToStop(t *testing.T) {
	kept := rows(sized(800, 22), "RUNNING", at(0))
	for i := range kept {
		kept[i].Verdict = power.Kept
	}
	for limit, want := range map[int][]int{
		5000: {800, 800, 800, 300}, // more than there are
		2700: {800, 800, 800, 300},
		2600: {800, 800, 700, 300}, // the last ones are kept: they give way
		1900: {800, 800, 0, 300},   // just what is up, and what the plan did not see
		1850: {800, 800, 0, 250},
		900:  {800, 100, 0, 0}, // and as many were absent in one answer that come back
	} {
		parts := [][]power.Instance{rows(sized(800, 20), "RUNNING", at(0)), rows(sized(800, 21), "", at(0)), kept, rows(sized(300, 23), "", at(0))}
		run := Run{Action: power.Stop, Memory: Memory{MaxInstances: &limit}}
		if got := run.shareLimit(parts); !slices.Equal(got, want) {
			t.Errorf("with a limit of %d the parts may stop %v, want %v", limit, got, want)
		}
	}
}

func TestWhatIsRememberedOfASearchIsBounded(t *testing.T) {
	for _, c := range [][4]int{{100, 20, 0, 100}, {100, 64, 0, 50}, {100, 20, 63, 1}, {100, 64, 64, 0}, {100, 64, 32, 25}} {
		run := Run{Memory: Memory{Culprits: sized(c[2], 64)}}
		if run.suspect(sized(c[0], c[1])); len(run.Memory.Suspects) != c[3] {
			t.Errorf("%v: %d", c, len(run.Memory.Suspects))
		}
	}
}

func TestADocumentIsHeldToItsBounds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Run)
		good   bool
	}{
		"the longest run":                      {func(r *Run) { r.Deadline = r.StartedAt.Add(longestRun) }, true},
		"a longer run":                         {func(r *Run) { r.Deadline = r.StartedAt.Add(longestRun + time.Second) }, false},
		"a deadline at the start":              {func(r *Run) { r.Deadline = r.StartedAt }, false},
		"a thousand instances":                 {func(r *Run) { r.Instances = rows(sized(1000, 5), "", at(0)) }, true},
		"a thousand and one":                   {func(r *Run) { r.Instances = rows(sized(1001, 5), "", at(0)) }, false},
		"more in a report":                     {func(r *Run) { r.Instances, r.Outcome = rows(sized(1001, 5), "", at(0)), OutcomeFailed }, true},
		"a part of a thousand":                 {func(r *Run) { r.Memory.Part = &Part{Statuses: map[string][]string{"": sized(1000, 5)}} }, true},
		"a part of a thousand and one":         {func(r *Run) { r.Memory.Part = &Part{Statuses: map[string][]string{"": sized(1001, 5)}} }, false},
		"an id that is in the part twice":      {func(r *Run) { r.Memory.Part = &Part{Statuses: map[string][]string{"": {"a"}, "RUNNING": {"a"}}} }, false},
		"many ids before the plan":             {func(r *Run) { r.Memory.InstanceIDs = sized(5000, 5) }, true},
		"an id that no instance can have":      {func(r *Run) { r.Memory.InstanceIDs = []string{"a b"} }, false},
		"a dry run before the plan":            {func(r *Run) { r.DryRun = true }, true},
		"a dry run that has ended":             {func(r *Run) { r.DryRun, r.Planned, r.Outcome = true, true, OutcomePlanned }, true},
		"a negative part":                      {func(r *Run) { r.Part = -1 }, false},
		"a negative limit":                     {func(r *Run) { n := -1; r.Memory.MaxInstances = &n }, false},
		"a negative number of checks":          {func(r *Run) { r.Checks = -1 }, false},
		"more unmatched than there are":        {func(r *Run) { r.Memory.Part = &Part{Statuses: map[string][]string{"": {"a"}}, Unmatched: 2} }, false},
		"a negative share of the limit":        {func(r *Run) { r.Memory.Part = &Part{MaxInstances: -1} }, false},
		"a negative number of failed attempts": {func(r *Run) { r.Instances = []power.Instance{{ID: "a", Memory: power.Memory{Failures: -1}}} }, false},
	} {
		run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour}, at(0))
		c.change(&run)
		if err := run.check(); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// rows are instances of a stop, each seen once with this status.
func rows(ids []string, status string, now time.Time) []power.Instance {
	run := Run{Action: power.Stop}
	return run.rows(ids, status, now)
}

// back is the run that comes back to kept instances; nil: none.
func (rep Report) back() *Run {
	for i := range rep.Further {
		if rep.Further[i].Action == power.Stop {
			return &rep.Further[i]
		}
	}
	return nil
}
