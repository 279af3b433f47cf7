package campaign

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutations are ways to break what zenstop promises: in a file of
// internal/shutdown, the old text becomes the new one. An old text that is not
// there exactly once is an error, so that none of them fades away unseen.
var mutations = map[string]struct{ file, old, broken string }{
	"believe one absence":                        {"observe.go", "in.doubt(DoubtAbsent, now) >= absentSightings && in.doubtFor(now) >= absentSpan", "in.doubt(DoubtAbsent, now) >= 1"},
	"never believe an absence":                   {"observe.go", "in.doubt(DoubtAbsent, now) >= absentSightings", "in.doubt(DoubtAbsent, now) >= 1000"},
	"trust a short page":                         {"look.go", "complete := len(rows) == page.TotalCount", "complete := true"},
	"skip the re-describe after a refused batch": {"stop.go", "\trest := r.stillDue(run, batch, seen, now)\n", "\trest := batch\n\t_ = seen\n"},
	"skip the re-describe before a stop":         {"stop.go", "\tdue := r.stillDue(&next, next.wanting(), seen, now)\n", "\t_ = seen\n\tdue := slices.DeleteFunc(next.wanting(), func(in *Instance) bool { return !next.due(in, now) })\n"},
	"drop a batch after an error":                {"stop.go", "\t\tdefault:\n\t\t\tin.missed(now)\n", "\t\tdefault:\n\t\t\tin.StopRequests = maxStopRequests\n"},
	"drop a batch after a refusal":               {"stop.go", "\t\tin.Batch = len(rest) - half\n\t}\n\treturn [][]*Instance{rest[:half], rest[half:]}, nil", "\t\tin.StopRequests = maxStopRequests\n\t}\n\t_ = half\n\treturn nil, nil"},
	"treat RESTARTED as STOPPED":                 {"observe.go", `in.close(Restarted, "RUNNING again after it was seen STOPPING or STOPPED")`, `in.close(Stopped, "")`},
	"believe one RUNNING after STOPPING":         {"observe.go", "in.doubt(DoubtRunning, now) >= upSightings && in.doubtFor(now) >= upSpan", "in.doubt(DoubtRunning, now) >= 1"},
	"stop what is protected by now":              {"observe.go", " && !in.shielded &&", " &&"},
	"ask once and never again":                   {"observe.go", "maxStopRequests = 3", "maxStopRequests = 1"},
	"ask for ever":                               {"observe.go", "maxStopRequests = 3", "maxStopRequests = 1000"},
	"leave alone what was not RUNNING at first":  {"observe.go", "in.Verdict == Open && in.Status == zenlayer.StatusRunning &&", "in.Verdict == Open && in.Before == zenlayer.StatusRunning && in.Status == zenlayer.StatusRunning &&"},
	"forget what is missing":                     {"observe.go", "in.close(Missing, ", "in.ID = \"\"\n\t\t\tin.close(Missing, "},
	"wait past the deadline":                     {"check.go", "\twait = min(wait, r.Deadline.Sub(now))\n", "\twait *= 4\n"},
	"believe in STOPPED for good":                {"check.go", "if isUp(word(s.instance.Status)) {", "if false {"},
	"take an accepted stop for STOPPED":          {"stop.go", "\t\t\tin.AskedAt, in.Misses, in.Batch = now.Unix(), 0, 0\n", "\t\t\tin.close(Stopped, \"\")\n"},
}

// TestTheCampaignFindsEachMutation builds zenstop broken in each of these ways: a
// campaign that passes whatever the code does proves nothing.
func TestTheCampaignFindsEachMutation(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the campaign once for each mutation")
	}
	for name, m := range mutations {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			program := build(t, filepath.Join("..", "shutdown", m.file), m.old, m.broken)
			out, err := exec.CommandContext(t.Context(), program, "-runs", "100").CombinedOutput()
			if found, _, _ := strings.Cut(string(out), "\n"); err == nil || !strings.HasPrefix(found, "seed ") {
				t.Errorf("the campaign finds nothing wrong: %v\n%s", err, out)
			}
		})
	}
}

// build makes the program of the campaign with one change to one file.
func build(t *testing.T, file, old, broken string) (program string) {
	t.Helper()
	file, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), old); n != 1 {
		t.Fatalf("%s holds %d times, not once:\n%s", file, n, old)
	}
	dir := t.TempDir()
	changed, overlay, program := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "campaign")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{changed: strings.Replace(string(text), old, broken, 1), overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", program, "./cmd/campaign").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
