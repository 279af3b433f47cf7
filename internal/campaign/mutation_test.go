package campaign

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mutations are ways to break what zenstop promises: in a file, the old text becomes
// the new one. An old text that is not there exactly once is an error, so that none
// of them fades away unseen.
var mutations = map[string]struct{ file, old, broken string }{
	"believe one absence":                         {instanceGo, "if in.doubt(DoubtAbsent, now, doubtSightings, doubtSpan)", "if in.doubt(DoubtAbsent, now, 1, 0)"},
	"never believe an absence":                    {instanceGo, "if in.doubt(DoubtAbsent, now, doubtSightings, doubtSpan)", "if in.doubt(DoubtAbsent, now, 1000, doubtSpan)"},
	"treat RESTARTED as STOPPED":                  {instanceGo, `in.close(Restarted, "RUNNING again after it was seen STOPPING or STOPPED")`, `in.close(Stopped, "")`},
	"believe one RUNNING after STOPPING":          {instanceGo, "SeenStopping && in.doubt(DoubtRunning, now, runningSightings, runningSpan)", "SeenStopping && in.doubt(DoubtRunning, now, 1, 0)"},
	"stop what is protected by now":               {instanceGo, " && !in.spared &&", " &&"},
	"ask once and never again":                    {instanceGo, "maxStopRequests = 3", "maxStopRequests = 1"},
	"ask for ever":                                {instanceGo, "maxStopRequests = 3", "maxStopRequests = 1000"},
	"leave alone what was not RUNNING at first":   {instanceGo, "return in.Verdict == Open && in.Status == zenlayer.StatusRunning &&", "return in.Verdict == Open && in.Before == zenlayer.StatusRunning && in.Status == zenlayer.StatusRunning &&"},
	"forget what is missing":                      {instanceGo, "in.close(Missing, ", "in.ID = \"\"\n\t\t\tin.close(Missing, "},
	"believe in STOPPED for good":                 {instanceGo, "if !isUp(status) {", "if true {"},
	"take an accepted stop for STOPPED":           {instanceGo, "\tin.StopRequests++\n", "\tin.StopRequests++\n\tin.close(Stopped, \"\")\n"},
	"trust a short page":                          {"../shutdown/look.go", "complete := len(rows) == page.TotalCount", "complete := true"},
	"skip the re-describe after a refused batch":  {stopGo, stillDue, "\t\trest := b.instances\n\t\tif b.refusal == nil {\n\t" + stillDueAgain + "\t\t}\n"},
	"skip the re-describe before a stop":          {stopGo, stillDue, "\t\trest := slices.DeleteFunc(slices.Clone(b.instances), func(in *Instance) bool { return !in.due(r.Now(), run.Deadline) })\n\t\tif b.refusal != nil {\n\t" + stillDueAgain + "\t\t}\n"},
	"drop a batch after an error":                 {stopGo, "\t\t\tin.asked(errs[i], now)\n", "\t\t\tif in.asked(errs[i], now); errs[i] != nil {\n\t\t\t\tin.StopRequests = maxStopRequests\n\t\t\t}\n"},
	"drop a batch after a refusal":                {stopGo, "\t\tin.Memory.MaxBatch = (len(b.instances) + 1) / 2\n", "\t\tin.StopRequests = maxStopRequests\n"},
	"end a run in a stop round":                   {stopGo, "\tnext.settle(r.Now(), thenWait)\n", "\tif len(next.open()) == 0 || !r.Now().Before(run.Deadline) {\n\t\tfor _, in := range next.open() {\n\t\t\tin.timeOut()\n\t\t}\n\t\tnext.settle(r.Now(), thenEnd)\n\t} else {\n\t\tnext.settle(r.Now(), thenWait)\n\t}\n"},
	"an unknown 4xx ends the run":                 {"../zenlayer/kind.go", "\t\treturn KindRefused\n", "\t\treturn KindRejected\n"},
	"wait past the deadline":                      {"../shutdown/wait.go", "\twait = min(wait, left)\n", "\twait *= 4\n"},
	"skip the last look":                          {checkGo, "\tunseen, past, err := r.lookAtAll(ctx, &next)\n", "\tvar unseen []*Instance\n\tvar err error\n\tpast := !r.Now().Before(run.Deadline)\n\tif !past {\n\t\tunseen, past, err = r.lookAtAll(ctx, &next)\n\t}\n"},
	"end without a look at all that have stopped": {checkGo, "\tif len(run.open()) > 0 && !past || len(others) == 0 {\n", "\tif past || !past {\n"},
	"believe several pages after one pass":        {"../shutdown/list.go", "(pages == 1 || sameIDs(before, pass))", "(pages > 0 || sameIDs(before, pass))"},
	"the limit anew for each part":                {"../shutdown/parts.go", "\t\t\tlimit -= more\n", ""},
	"an instance in two parts":                    {"../shutdown/parts.go", "\tr.Instances = []Instance{}\n}", "\tfor status, ids := range r.Plan.Parts[0].Statuses {\n\t\tr.Plan.Parts[1].Statuses[status] = append(r.Plan.Parts[1].Statuses[status], ids[0])\n\t}\n\tr.Instances = []Instance{}\n}"},
	"an instance in no part":                      {"../shutdown/parts.go", "\tr.Instances = []Instance{}\n}", "\tfor status, ids := range r.Plan.Parts[0].Statuses {\n\t\tr.Plan.Parts[0].Statuses[status] = ids[1:]\n\t}\n\tr.Instances = []Instance{}\n}"},
	"a name that depends on the time":             {"../handler/stop.go", "\trun := s.document(event)\n", "\trun := s.document(event)\n\trun.Run += s.Runner.Now().Format(\"-150405\")\n"},
	"a document without the stack's limit":        {"../handler/stop.go", "min(cmp.Or(run.Plan.MaxInstances, most), most)", "cmp.Or(run.Plan.MaxInstances, most)"},
	"GiveUp always fails":                         {definition, "{'outcome': $all > 0 and $good = $all and", "{'outcome': false and"},
	"metrics of parts in those of the run too":    {definition, "$ofInstances := $large or ", "$ofInstances := "},
	"metrics of a run in those of a part too":     {definition, "$ofRun := $part ? ", "$ofRun := $part and false ? "},
	"ignore the keep tag":                         {keepGo, "\tif !tagged {\n", "\tif true {\n"},
	"keep for later without a plan":               {keepGo, "\t\tof.KeepTagKey = \"\"\n", ""},
	"take a keep that cannot be read for none":    {keepGo, "return kept{holds: true, note: fmt.Sprintf(\"the tag %s has no time", "return kept{note: fmt.Sprintf(\"the tag %s has no time"},
	"come back to a keep a day late":              {definition, "$at := $max([$min(", "$at := 86400000 + $max([$min("},
	"come back to nobody":                         {definition, "\"Next\": \"ComeBack\"", "\"Next\": \"PublishMetrics\""},
	"stop at once after a warning":                {definition, "\"Timestamp\": \"{% $states.input.stopAt %}\"", "\"Timestamp\": \"{% $states.input.startedAt %}\""},
	"stop without the warning":                    {definition, "\"Next\": \"NotWarned\"", "\"Next\": \"SendWarning\""},
	"stop what no warning named":                  {"../shutdown/plan.go", "if run.Plan.Warned && !named[row.ID] {", "if run.Plan.Warned && !named[row.ID] && false {"},
	"stop in a check only":                        {"../shutdown/document.go", "CheckOnly: req.CheckOnly,", "CheckOnly: false,"},
	"believe one RUNNING in a check only":         {instanceGo, "\t\tif in.doubt(DoubtRunning, now, runningSightings, runningSpan) {\n\t\t\tin.close(Running, \"\")", "\t\tif in.doubt(DoubtRunning, now, 1, 0) {\n\t\t\tin.close(Running, \"\")"},
	"a part that notifies":                        {definition, "$states.input.part > 0 %}\", \"Next\": \"PartEnded\"", "$states.input.part > 1000 %}\", \"Next\": \"PartEnded\""},
}

const (
	instanceGo = "../shutdown/instance.go"
	keepGo     = "../shutdown/keep.go"
	stopGo     = "../shutdown/stop.go"
	checkGo    = "../shutdown/check.go"
	definition = "../../statemachine/stop-instances.asl.json"

	stillDue      = "\t\trest := run.withinLimit(r.stillDue(run, b.instances, answers[i].seen), &room)\n"
	stillDueAgain = "\t\trest = run.withinLimit(r.stillDue(run, b.instances, answers[i].seen), &room)\n"

	mutationRuns = "1000" // the runs in which a campaign finds each of them
	atOnce       = 2      // programs that are built and run at the same time
)

// TestTheCampaignFindsEachMutation builds zenstop broken in each of these ways: a
// campaign that passes whatever the code does proves nothing.
func TestTheCampaignFindsEachMutation(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the campaign once for each mutation")
	}
	finding := regexp.MustCompile(`campaign_test\.go:\d+: seed \d+: .*`)
	turn := make(chan struct{}, atOnce)
	for name, m := range mutations {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			program := build(t, m.file, m.old, m.broken)
			out, err := exec.CommandContext(t.Context(), program, "-test.run", "^TestCampaign$", "-runs", mutationRuns, "-shorten=false").CombinedOutput()
			found := finding.Find(out)
			if err == nil || found == nil {
				t.Errorf("the campaign finds nothing wrong: %v\n%.2000s", err, out)
			}
			t.Logf("%.300s", found)
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
	changed, overlay, program := filepath.Join(dir, "changed"+filepath.Ext(file)), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "campaign")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{changed: strings.Replace(string(text), old, broken, 1), overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
