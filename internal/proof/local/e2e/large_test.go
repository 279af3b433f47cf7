package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// TestLargeRunsAreOneRunWithOneReport carries out one large run after another. The
// first one meets the outage at the start of the scenario.
func TestLargeRunsAreOneRunWithOneReport(t *testing.T) {
	t.Parallel()
	large := beside(t, "zenstop-large", "large", map[string]string{"MaxInstances": "60000"})
	if err := large.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	t.Run("1,200 by a filter, delivered again after an outage and after the end, are one execution with two parts", func(t *testing.T) {
		box := listen(t, large, "large-test", "Instances Stopped")
		event := scheduled("around-an-outage", tagged("outage"))
		run := send(t, large, event)
		waitUntil(t, "the end of the outage", func() bool {
			all := requests(t, large)
			return slices.ContainsFunc(all, refused) && slices.ContainsFunc(all, accepted)
		})
		send(t, large, event)
		e := follow(t, large, run)
		wantCounts(t, e, runs.OutcomeStopped, map[power.Verdict]int{power.Stopped: 1200})
		send(t, large, event)
		got := box.of(t, run)
		if len(got.events) != 1 || len(got.messages) != 1 {
			t.Errorf("%d events and %d messages, want one report: one of each", len(got.events), len(got.messages))
		}
		wantExecutions(t, large, run, run+"-part-1", run+"-part-2")
		wantEachInOnePart(t, large, e, "outage-", 1200)
		wantEachAskedOnce(t, large, "outage-", 1200)
	})

	t.Run("a start of 1,200 by a filter is one execution with two parts", func(t *testing.T) {
		startCount(t, large, "outage", "outage-")
	})

	t.Run("1,000 by id are one execution without parts", func(t *testing.T) {
		before := published(t, large)
		e := carryOut(t, large, scheduled("by-id", byID("byid-", 1000)))
		wantPublished(t, large, before, e)
		wantCounts(t, e, runs.OutcomeStopped, map[power.Verdict]int{power.Stopped: 1000})
		wantExecutions(t, large, e.Name)
		wantEachAskedOnce(t, large, "byid-", 1000)
	})

	t.Run("2,500 by a filter are three parts", func(t *testing.T) {
		before := published(t, large)
		e := carryOut(t, large, scheduled("three-parts", tagged("three")))
		wantPublished(t, large, before, e, partsOf(e.Name, 3)...)
		wantCounts(t, e, runs.OutcomeStopped, map[power.Verdict]int{power.Stopped: 2500})
		wantExecutions(t, large, e.Name, e.Name+"-part-1", e.Name+"-part-2", e.Name+"-part-3")
		wantEachInOnePart(t, large, e, "three-", 2500)
		wantEachAskedOnce(t, large, "three-", 2500)
	})

	t.Run("a part that dies leaves its own instances UNVERIFIED and the other part alone", func(t *testing.T) {
		withoutRestart(t, large)
		before := published(t, large)
		detail, at := andStart(t, tagged("dying"), 150*time.Second)
		run := send(t, large, scheduled("a-part-dies", detail))
		dead := killPart(t, large, run+"-part-2")
		e := follow(t, large, run)
		wantCounts(t, e, runs.OutcomeFailed, map[power.Verdict]int{power.Stopped: 1200 - len(dead), power.Unverified: len(dead)})
		wantCause(t, e, run+"-part-2", "UNVERIFIED")
		wantPublished(t, large, before, e, run+"-part-1")
		for _, in := range e.Run.Instances {
			if (in.Verdict == power.Unverified) != dead[in.ID] {
				t.Errorf("%s is reported as %s; it was in the part that died: %t", in.ID, in.Verdict, dead[in.ID])
			}
		}
		wantEachAskedOnce(t, large, "dying-", 1200)

		// Both come back: what the part stopped that lives, and what was up in the one that died.
		back := map[string]int{}
		for _, name := range partsOf(run, 2) {
			start := followFrom(t, large, name+"-start", at)
			wantOutcome(t, start, runs.OutcomeStarted)
			for _, in := range start.Run.Instances {
				back[in.ID]++
			}
		}
		wantOnce(t, "in the executions that start again", back, "dying-", 1200)
		wantStarts(t, large, at, map[string]int{"dying-0001": 1, "dying-1200": 1})
	})

	t.Run("50,000 by a filter are refused", func(t *testing.T) {
		before := published(t, large)
		e := carryOut(t, large, scheduled("too-many", tagged("huge")))
		wantOutcome(t, e, runs.OutcomeRefused)
		wantCause(t, e, "50000", "use several events, or a filter that matches fewer")
		wantExecutions(t, large, e.Name)
		wantEachAskedOnce(t, large, "huge-", 0)
		after := published(t, large)
		if after["Runs Outcome=REFUSED"] != 1 || after["RunDuration"] != before["RunDuration"] {
			t.Errorf("a refused run published more than that there was one: before %v, after %v", before, after)
		}
	})
}

// killPart ends the execution of a part after its first check, and returns the ids
// of its instances.
func killPart(t *testing.T, s *stack.Stack, part string) (ids map[string]bool) {
	t.Helper()
	ids = map[string]bool{}
	for _, in := range checked(t, s, part).Run.Instances {
		ids[in.ID] = true
	}
	abort(t, s, part)
	return ids
}

// withoutRestart takes the retry of a part out of the deployed definition. AWS
// refuses to start the name of a part that died once more, and the retry ends there.
// The local AWS starts the part anew.
func withoutRestart(t *testing.T, s *stack.Stack) {
	t.Helper()
	client, arn := sfn.NewFromConfig(s.AWS), s.Outputs["StopWorkflowArn"]
	is, err := client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	var definition map[string]any
	if err := json.Unmarshal([]byte(*is.Definition), &definition); err != nil {
		t.Fatal(err)
	}
	part := definition
	for _, key := range []string{"States", "Parts", "ItemProcessor", "States", "Part"} {
		part, _ = part[key].(map[string]any)
	}
	if part["Retry"] == nil {
		t.Fatal("the definition has no retry of a part to take out")
	}
	delete(part, "Retry")
	changed, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: &arn, Definition: aws.String(string(changed))}); err != nil {
		t.Fatal(err)
	}
}

func refused(r sim.Request) bool  { return r.Fault == sim.Unavailable }
func accepted(r sim.Request) bool { return r.Accepted }

// tagged is a request for the instances of one family of the scenario.
func tagged(family string) string {
	return fmt.Sprintf(`{"target":{"filter":{"tags":[{"key":"e2e","value":%q}]}}}`, family)
}

// byID is a request that names the first n instances with the prefix.
func byID(prefix string, n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s%04d", prefix, i+1)
	}
	detail, err := json.Marshal(map[string]any{"target": map[string]any{"instanceIds": ids}})
	if err != nil {
		panic(err) // texts always encode
	}
	return string(detail)
}

// wantEachInOnePart checks that the parts of a run together have each of the n
// instances once, and that all that the run does not list is counted as omitted.
func wantEachInOnePart(t *testing.T, s *stack.Stack, e stack.Execution, prefix string, n int) {
	t.Helper()
	if len(e.Run.Instances)+e.Run.Omitted != n {
		t.Errorf("%d instances in the report and %d omitted, want %d", len(e.Run.Instances), e.Run.Omitted, n)
	}
	seen := map[string]int{}
	for _, name := range e.Parts {
		part, err := s.Look(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		whole := lastCheck(t, s, part)
		for _, in := range whole.Instances {
			seen[in.ID]++
		}
		if got := len(part.Run.Instances) + part.Run.Omitted; got != len(whole.Instances) {
			t.Errorf("%s hands on %d of its %d instances", name, got, len(whole.Instances))
		}
	}
	wantOnce(t, "in the parts", seen, prefix, n)
}

// wantEachAskedOnce checks that StopInstances requests named each of n instances
// once, and no other instance with the prefix.
func wantEachAskedOnce(t *testing.T, s *stack.Stack, prefix string, n int) {
	t.Helper()
	asked := map[string]int{}
	for _, r := range requests(t, s) {
		for _, id := range r.InstanceIDs {
			if r.Action == sim.ActionStop && strings.HasPrefix(id, prefix) {
				asked[id]++
			}
		}
	}
	wantOnce(t, "in StopInstances requests", asked, prefix, n)
}

func wantOnce(t *testing.T, where string, seen map[string]int, prefix string, n int) {
	t.Helper()
	if len(seen) != n {
		t.Errorf("%d instances %s* are %s, want %d", len(seen), prefix, where, n)
	}
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		if seen[id] != 1 || !strings.HasPrefix(id, prefix) {
			t.Errorf("%s is %d times %s, want each %s* once", id, seen[id], where, prefix)
			return
		}
	}
}
