package campaign

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mutations are ways to break what zenstop promises: in a file, the old text becomes
// the new one. An old text that is not there exactly once is an error, so that none
// of them fades away unseen.
var mutations = map[string]struct {
	seed              int // one that found it; where it does so no more, others are searched
	file, old, broken string
}{
	// What is believed.
	"believe one STOPPED":                      {1, doubtGo, "\t\treturn 2, a.Way().Sure\n", "\t\treturn 1, 0\n"},
	"believe one RECYCLE and one failure":      {28, doubtGo, "\tcase DoubtRecycled, DoubtFailed:\n\t\treturn 2, 0\n", "\tcase DoubtRecycled, DoubtFailed:\n\t\treturn 1, 0\n"},
	"believe one RUNNING":                      {25, doubtGo, "\t\treturn 2, 5 * time.Second\n", "\t\treturn 1, 0\n"},
	"believe one absence":                      {31, doubtGo, "\t\treturn 3, 30 * time.Second\n", "\t\treturn 1, 0\n"},
	"never believe an absence":                 {471, doubtGo, "\t\treturn 3, 30 * time.Second\n", "\t\treturn 1000, 30 * time.Second\n"},
	"one STOPPED is a stop that ended":         {30, sightingGo, "m.Went || m.Fars == 2 || in.WasAsked()", "true"},
	"believe in STOPPED for good":              {8, sightingGo, "\t\tif status == to {\n", "\t\tif true {\n"},
	"a status after STOPPED changes nothing":   {8, sightingGo, "\t\tif status == to {\n", "\t\tif !rules.Action.IsNear(status) {\n"},
	"treat RESTARTED as STOPPED":               {8, sightingGo, "in.decide(DoubtBack, a.Way().Undone, ", "in.decide(DoubtBack, a.Way().Reached, "},
	"believe a refusal at the third time":      {112, sightingGo, "\tif s.Final {\n", "\tif s.Final || in.Memory.Doubt.Count == 3 {\n"},
	"take an unreadable row for untagged":      {600, sightingGo, "if row.Unreadable != \"\" && (status == \"\" || !rules.Action.touched(in)) {", "if row.Unreadable != \"\" && status == \"\" {"},
	"compare the protect key exactly":          {8, tagsGo, "strings.EqualFold(strings.TrimFunc(t.Key, text.IsBlank), strings.TrimFunc(key, text.IsBlank))", "t.Key == strings.Clone(key)"},
	"forget what is missing":                   {8, sightingGo, "in.Close(Missing, ", "in.ID = \"\"\n\t\tin.Close(Missing, "},
	"trust a short page":                       {2, lookGo, "complete := page.Nameless == 0 && len(rows) == page.TotalCount", "complete := true"},
	"believe one listing":                      {193, "../../runs/list.go", "if before != nil && last != nil && before.agrees(p, f) {", "if last != nil {"},
	"believe two listings that differ":         {222, "../../runs/list.go", "!ok || !alike(row, other, f)", "!ok || false && !alike(row, other, f)"},
	"a part forgets what is not to be touched": {3878, "../../power/instance.go", "if in.Memory.Spared || in.Memory.Unmatched || !known {", "if in.Memory.Unmatched || !known {"},
	"a part forgets whom the filter matches":   {8984, partsGo, "\t\tall[i].Memory.Unmatched = true ", "\t\t_ = all[i] "},
	"a refusal asks for no wait":               {69, "../../zenlayer/answer.go", "\te.RetryAfter = askedWait(resp.Header, now)\n", "\tif !BlamesInstance(e) {\n\t\te.RetryAfter = askedWait(resp.Header, now)\n\t}\n"},
	"do not clean names":                       {8, "../../text/text.go", "\ts = Line(s)\n\tfor", "\t_ = Line(s)\n\tfor"},

	// What is asked of Zenlayer.
	"stop what is protected by now":              {471, attemptGo, " && !in.Memory.Spared &&", " &&"},
	"ask once and never again":                   {786, attemptGo, "MaxRequests  = 3", "MaxRequests  = 1"},
	"ask for ever":                               {231, attemptGo, "MaxRequests  = 3", "MaxRequests  = 1000"},
	"leave alone what was not RUNNING at first":  {127, attemptGo, "return in.Verdict == Open && in.Status == a.Way().From &&", "return in.Verdict == Open && in.Before == a.Way().From && in.Status == a.Way().From &&"},
	"take an accepted stop for STOPPED":          {1, attemptGo, "\tin.Requests++\n", "\tin.Requests++\n\tin.Close(Stopped, \"\")\n"},
	"give up after three refusals":               {106, attemptGo, "\tif zenlayer.IsParameterRejected(err) {\n", "\tif zenlayer.IsParameterRejected(err) || in.Memory.Failures >= 3 {\n"},
	"a dry run hides what it cannot read":        {130, planGo, "in.Note = cmp.Or(note, r.Action.Prospect(in))", "in.Note = note\n\t\tin.Note = cmp.Or(note, r.Action.Prospect(in))"},
	"skip the re-describe after a refused batch": {247, stopGo, stillDue, "\t\trest := b.instances\n\t\tif b.size == zenlayer.MaxIDs {\n\t" + stillDueAgain + "\t\t}\n"},
	"skip the re-describe before a stop":         {14, stopGo, stillDue, "\t\trest := slices.DeleteFunc(slices.Clone(b.instances), func(in *power.Instance) bool { return !run.Action.Due(in, r.Now(), run.Deadline) })\n\t\tif b.size < zenlayer.MaxIDs {\n\t" + stillDueAgain + "\t\t}\n"},
	"drop a batch after an error":                {278, stopGo, "run.Action.Asked(in, errs[i], now)\n", "if run.Action.Asked(in, errs[i], now); errs[i] != nil {\n\t\t\t\tin.Requests = power.MaxRequests\n\t\t\t}\n"},
	"drop a batch after a refusal":               {43, stopGo, "\t\tin.Memory.MaxBatch = half\n", "\t\tin.Requests = power.MaxRequests\n"},
	"an unknown 4xx ends the run":                {3, "../../zenlayer/kind.go", "\treturn KindTarget\n", "\treturn KindRejected\n"},
	"a page of a proxy ends the run":             {9, "../../zenlayer/kind.go", "\tcase e.Code == \"\" || e.Status/100 != 4 ||", "\tcase e.Code == \"\" && e.Status/100 == 4:\n\t\treturn KindRejected\n\tcase e.Code == \"\" || e.Status/100 != 4 ||"},
	"forget Retry-After between calls":           {934, "../../runs/runner.go", "\tif left := run.quietFor(now); left > 0 {\n", "\tif left := run.quietFor(now); left > 1000*time.Hour {\n"},

	// When a run ends, and what it is made of.
	"end a run in a stop round":                   {1548, stopGo, "\treturn goesTo(NextWait), nil\n", "\tif len(run.open()) == 0 || !r.Now().Before(run.Deadline) {\n\t\tfor _, in := range run.open() {\n\t\t\trun.Action.TimeOut(in)\n\t\t}\n\t\treturn ends(), nil\n\t}\n\treturn goesTo(NextWait), nil\n"},
	"wait past the deadline":                      {161, "../../runs/wait.go", "\twait = min(max(wait, r.quietFor(now)), left)\n", "\twait *= 4\n"},
	"skip the last look":                          {15, checkGo, "\ts, err := r.survey(ctx, run)\n", "\ts, err := survey{past: true}, error(nil)\n\tif r.Now().Before(run.Deadline) {\n\t\ts, err = r.survey(ctx, run)\n\t}\n"},
	"end without a look at all that have stopped": {4, checkGo, "\tmore, err := r.watch(ctx, run, rest)\n", "\tmore, err := r.watch(ctx, run, nil)\n"},
	"an instance in two parts":                    {341, partsGo, "\tr.Instances = []power.Instance{}\n", "\tfor status, ids := range r.Memory.Parts[0].Statuses {\n\t\tr.Memory.Parts[1].Statuses[status] = append(r.Memory.Parts[1].Statuses[status], ids[0])\n\t}\n\tr.Instances = []power.Instance{}\n"},
	"an instance in no part":                      {341, partsGo, "\tr.Instances = []power.Instance{}\n", "\tfor status, ids := range r.Memory.Parts[0].Statuses {\n\t\tr.Memory.Parts[0].Statuses[status] = ids[1:]\n\t}\n\tr.Instances = []power.Instance{}\n"},
	"the limit anew for each part":                {907, partsGo, "\t\t\tlimit -= more\n", "\t\t\tlimit -= 0 * more\n"},
	"a limit of 0 is none":                        {907, documentGo, "if of := r.Memory.MaxInstances; of == nil || *of > stack {", "if of := r.Memory.MaxInstances; of == nil || *of == 0 || *of > stack {"},
	"a document without the stack's limit":        {557, documentGo, "if of := r.Memory.MaxInstances; of == nil || *of > stack {", "if of := r.Memory.MaxInstances; of == nil {"},
	"a name that depends on the time":             {1, "../../handler/stop.go", "\trun := s.document(event)\n", "\trun := s.document(event)\n\trun.Name += s.Runner.Now().Format(\"-150405\")\n"},
	"giving up always fails":                      {2601, "../../runs/runner.go", "\tif unread > 0 {\n", "\tif unread >= 0 {\n"},
	"an instance stays open without a report":     {26, definition, "verdict = '' ? {'verdict': 'UNVERIFIED'", "verdict = 'x' ? {'verdict': 'UNVERIFIED'"},
	"a part that died is left out":                {341, reportGo, "\t\t\tof = r.lost(p, now)\n", "\t\t\tcontinue\n"},
	"metrics of parts in those of the run too":    {1105, "../../runs/metrics.go", "\tif acted && !large {\n", "\tif acted {\n"},
	"metrics of a run in those of a part too":     {140, "../../runs/metrics.go", "\tif r.Part == 0 && acted {\n", "\tif acted {\n"},
	"a part that notifies":                        {341, definition, "$states.input.part > 0 %}\", \"Next\": \"PartEnded\"", "$states.input.part > 1000 %}\", \"Next\": \"PartEnded\""},
	"calls that do not last":                      {1177, definition, "$rounds < 400 ? 0 :", "true ? 0 :"},

	// Warnings, keeps and checks.
	"ignore the keep tag":                      {8, tagsGo, "\tcase !until.After(now):\n", "\tcase true:\n"},
	"keep for later without a plan":            {66, keepGo, "\t\tof.KeepTagKey = \"\"\n", ""},
	"take a keep that cannot be read for none": {43, tagsGo, "return kept{holds: true, note: fmt.Sprintf(\"the tag %s %s", "return kept{note: fmt.Sprintf(\"the tag %s %s"},
	"leave what was kept to the next run":      {315, keepGo, "\tif r.CheckOnly || r.unwarned() || !now.Before(r.Deadline) {\n", "\tif true {\n"},
	"come back to a keep a day late":           {8, reportGo, "latest(first.KeepUntil.Add(-warn), ", "latest(first.KeepUntil.AddDate(0, 0, 1), "},
	"come back to nobody":                      {8, definition, "\"Next\": \"ComeBack\"", "\"Next\": \"PublishMetrics\""},
	"stop at once after a warning":             {3, definition, "startAt : stopAt) %}", "startedAt : startedAt) %}"},
	"stop without the warning":                 {111, definition, "\"Next\": \"Report\"}],\n      \"Next\": \"InTime?\"", "\"Next\": \"SendWarning\"}],\n      \"Next\": \"InTime?\""},
	"a late warning is one":                    {937, definition, "{% $millis() <= $toMillis($states.input.memory.warnBy) %}", "{% true %}"},
	"warn though nobody is subscribed":         {63, definition, "{% $subscribers > 0 %}", "{% $subscribers >= 0 %}"},
	"stop what no warning named":               {3, "../../runs/plan.go", "case r.Memory.Warned && !named[row.ID]:", "case false && r.Memory.Warned && !named[row.ID]:"},
	"stop what turns out to run, unwarned":     {290, "../../runs/plan.go", "return !r.CheckOnly && r.Memory.Warn == 0 }", "return !r.CheckOnly }"},
	"an outage ends a keep":                    {605, "../../power/keep.go", "\tif in.Verdict != Open || in.KeepUntil == nil ||", "\tif true || in.KeepUntil == nil ||"},
	"come back without a warning":              {290, reportGo, "Warn: r.Memory.Warn, Timeout:", "Warn: 0, Timeout:"},
	"stop in a check only":                     {25, documentGo, "CheckOnly: req.CheckOnly,", "CheckOnly: false,"},

	// Starts.
	"believe RUNNING at once":                   {3, "../../power/action.go", "\t\tSure: 30 * time.Second, ", "\t\tSure: 0, "},
	"start what nobody has stopped":             {23, attemptGo, "\treturn in.WasAsked() && in.Before != w.To ||", "\treturn true || in.WasAsked() && in.Before != w.To ||"},
	"start what somebody has started":           {79, attemptGo, "\tif v == w.Undone || v == Recycled {", "\tif v == Recycled {"},
	"forget what a round that broke off stops":  {61, attemptGo, " || in.Memory.Perhaps || in.Memory.Restore\n", " || in.Memory.Restore\n"},
	"a round that broke off has asked for none": {61, "../../runs/next.go", "in.Memory.Perhaps || in.Memory.Due && r.Next == NextStop\n", "in.Memory.Perhaps\n"},
	"start at once":                             {3, morningGo, "at, most := latest(*r.StartAt, power.WholeSecond(from)), len(ids)", "at, most := power.WholeSecond(from), len(ids)"},
	"start while a stop may be under way":       {1808, morningGo, "\t\t\tfrom = settled\n", "\t\t\tfrom = now\n"},
	"start nothing":                             {3, morningGo, "\tif r.StartAt == nil || r.Action != power.Stop || !r.handsOn() ||", "\tif true || r.StartAt == nil || r.Action != power.Stop || !r.handsOn() ||"},
	"start what the next run starts":            {756, morningGo, "in.Memory.Restore && !others[in.ID]", "in.Memory.Restore"},
	"start nothing of a part that died":         {8064, morningGo, "\t\tif p.Lost == nil {\n", "\t\tif true || p.Lost == nil {\n"},
	"stop when it is to be started":             {727, morningGo, "\tif r.Deadline.After(*r.StartAt) {\n", "\tif false {\n"},
	"never work the time out again":             {36, morningGo, "\tif !run.startsAgain() || m == nil ||", "\tif true || !run.startsAgain() || m == nil ||"},
	"forget who was protected meanwhile":        {420, attemptGo, "\tif v == w.Already {", "\tif v == Protected {\n\t\treturn false\n\t}\n\tif v == w.Already {"},
	"a corrected setting is still wrong":        {4329, morningGo, "\t\trun.unsay(nothingBack)\n", ""},
	"a wrong setting is none":                   {1117, morningGo, "\t\t\trun.StartAt = nil\n", ""},
	"promise what cannot be started":            {515, morningGo, "\tr.StartsAgain -= r.Memory.Starts[name].Instances\n", ""},
	"a keep that ends later comes back":         {79, reportGo, "in.KeptForNow() && (r.StartAt == nil || in.KeepUntil.Before(*r.StartAt))", "in.KeptForNow()"},
}

const (
	doubtGo    = "../../power/doubt.go"
	sightingGo = "../../power/sighting.go"
	attemptGo  = "../../power/attempt.go"
	documentGo = "../../runs/document.go"
	tagsGo     = "../../power/tags.go"
	keepGo     = "../../runs/keep.go"
	stopGo     = "../../runs/stop.go"
	checkGo    = "../../runs/check.go"
	lookGo     = "../../runs/look.go"
	partsGo    = "../../runs/parts.go"
	planGo     = "../../runs/plan.go"
	reportGo   = "../../runs/report.go"
	morningGo  = "../../runs/morning.go"
	definition = "../../../statemachine/stop-instances.asl.json"

	stillDue      = "\t\trest := run.withinLimit(r.stillDue(run, b.instances, answers[i].seen), &room)\n"
	stillDueAgain = "\t\trest = run.withinLimit(r.stillDue(run, b.instances, answers[i].seen), &room)\n"

	mutationRuns = "10000" // the runs in which a campaign finds each of them
	atOnce       = 2       // programs that are built and run at the same time
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
			for _, part := range [][2]string{{strconv.Itoa(m.seed), "1"}, {"1", mutationRuns}} {
				out, err := exec.CommandContext(t.Context(), program, "-test.run", "^TestCampaign$", "-seed", part[0], "-runs", part[1], "-shorten=false", "-first").CombinedOutput()
				if found := finding.Find(out); err != nil && found != nil {
					t.Logf("%.300s", found)
					return
				}
			}
			t.Error("the campaign finds nothing wrong")
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
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-gcflags=zenstop/...=-N -l", "-ldflags=-s -w", "-overlay", overlay, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
