package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"zenstop/internal/runs"
)

const prefix = "arn:aws:states:us-east-1:123456789012:execution:stop:"

// service has the histories of executions by name, and returns two events a page.
type service map[string][]types.HistoryEvent

func (s service) GetExecutionHistory(_ context.Context, in *sfn.GetExecutionHistoryInput, _ ...func(*sfn.Options)) (*sfn.GetExecutionHistoryOutput, error) {
	if !aws.ToBool(in.IncludeExecutionData) {
		return nil, errors.New("without its data a history shows no documents")
	}
	events, ok := s[strings.TrimPrefix(*in.ExecutionArn, prefix)]
	if !ok {
		return nil, &types.ExecutionDoesNotExist{}
	}
	first := 0
	if in.NextToken != nil {
		if _, err := fmt.Sscan(*in.NextToken, &first); err != nil {
			return nil, err
		}
	}
	out := &sfn.GetExecutionHistoryOutput{Events: events[first:min(first+2, len(events))]}
	if first+2 < len(events) {
		out.NextToken = aws.String(fmt.Sprint(first + 2))
	}
	return out, nil
}

// events numbers the events of a history. Each comes a second after the one before,
// which it names as AWS does where linked is true.
func events(linked bool, all ...types.HistoryEvent) []types.HistoryEvent {
	for i := range all {
		all[i].Id = int64(i + 1)
		if linked && all[i].PreviousEventId == 0 {
			all[i].PreviousEventId = int64(i)
		}
		all[i].Timestamp = aws.Time(time.Unix(int64(i), 0).UTC())
	}
	return all
}

func document(run string, checks int, parts ...string) *string {
	doc := runs.Run{Name: run, Checks: checks, Outcome: runs.OutcomeWaiting}
	for _, p := range parts {
		doc.Memory.Parts = append(doc.Memory.Parts, runs.Part{Name: p})
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return aws.String(string(raw))
}

func started(run string) types.HistoryEvent {
	return types.HistoryEvent{ExecutionStartedEventDetails: &types.ExecutionStartedEventDetails{Input: document(run, 0)}}
}

func entered(state string) types.HistoryEvent {
	return types.HistoryEvent{StateEnteredEventDetails: &types.StateEnteredEventDetails{Name: &state}}
}

func exited(state string, document *string) types.HistoryEvent {
	return types.HistoryEvent{StateExitedEventDetails: &types.StateExitedEventDetails{Name: &state, Output: document}}
}

func succeeded() types.HistoryEvent {
	return types.HistoryEvent{TaskSucceededEventDetails: &types.TaskSucceededEventDetails{}}
}

func failed(name string) types.HistoryEvent {
	return types.HistoryEvent{TaskFailedEventDetails: &types.TaskFailedEventDetails{Error: &name, Cause: aws.String("why")}}
}

func aborted() types.HistoryEvent {
	return types.HistoryEvent{Type: types.HistoryEventTypeExecutionAborted}
}

// told lists the moments of a history in short.
func told(t *testing.T, s service) []string {
	t.Helper()
	moments, err := Read(t.Context(), s, prefix+"run")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range moments {
		line := fmt.Sprintf("%d %s %s %d", m.At.Unix(), m.Run.Name, m.State, m.Run.Checks)
		if m.Error != "" {
			line += ": " + m.Error
		}
		all = append(all, line)
	}
	return all
}

func TestAHistoryTellsDocumentsAndFailures(t *testing.T) {
	cases := map[string]struct {
		events []types.HistoryEvent
		want   []string
	}{
		"a check that worked": {
			[]types.HistoryEvent{started("run"), entered("CheckStatus"), succeeded(), exited("CheckStatus", document("run", 1))},
			[]string{"0 run  0", "3 run CheckStatus 1"},
		},
		"a check that worked the second time": {
			[]types.HistoryEvent{started("run"), entered("CheckStatus"), failed("X"), succeeded(), exited("CheckStatus", document("run", 1))},
			[]string{"0 run  0", "2 run CheckStatus 0: X", "4 run CheckStatus 1"},
		},
		"a check whose error was caught hands on no answer": {
			[]types.HistoryEvent{started("run"), entered("CheckStatus"), failed("X"), exited("CheckStatus", document("run", 0))},
			[]string{"0 run  0", "2 run CheckStatus 0: X"},
		},
		"a state that hands on what it was given": {
			[]types.HistoryEvent{started("run"), entered("Wait"), exited("Wait", document("run", 0)), entered("Report"), exited("Report", document("run", 1))},
			[]string{"0 run  0", "4 run Report 1"},
		},
		"a check that fails once and works the next time": {
			[]types.HistoryEvent{
				started("run"), entered("CheckStatus"), failed("X"), exited("CheckStatus", document("run", 0)),
				entered("CheckStatus"), succeeded(), exited("CheckStatus", document("run", 1)),
			},
			[]string{"0 run  0", "2 run CheckStatus 0: X", "6 run CheckStatus 1"},
		},
		"a warning hands on what it was given": {
			[]types.HistoryEvent{started("run"), entered("Warn"), succeeded(), exited("Warn", document("run", 0))},
			[]string{"0 run  0", "3 run Warn 0"},
		},
		"a warning that was not sent": {
			[]types.HistoryEvent{started("run"), entered("Warn"), failed("X"), exited("Warn", document("run", 0))},
			[]string{"0 run  0", "2 run Warn 0: X"},
		},
		"a report that no function makes is closed by the workflow": {
			[]types.HistoryEvent{
				started("run"), entered("Report"), failed("X"), exited("Report", document("run", 0)),
				entered("Unreported"), exited("Unreported", document("run", 1)),
			},
			[]string{"0 run  0", "2 run Report 0: X", "5 run Unreported 1"},
		},
		"an execution that ends without a report": {
			[]types.HistoryEvent{started("run"), entered("Wait"), aborted()},
			[]string{"0 run  0", "2 run  0: ExecutionAborted"},
		},
	}
	for name, c := range cases {
		for of, linked := range map[string]bool{"of AWS": true, "of the local AWS": false} {
			t.Run(name+", in a history "+of, func(t *testing.T) {
				if diff := cmp.Diff(c.want, told(t, service{"run": events(linked, c.events...)})); diff != "" {
					t.Errorf("want (-), got (+):\n%s", diff)
				}
			})
		}
	}
}

func TestAnExecutionThatFailsWithAReportIsNoFailureOfItsOwn(t *testing.T) {
	report := aws.String(`{"run":"run","outcome":"FAILED"}`)
	end := types.HistoryEvent{Type: types.HistoryEventTypeExecutionFailed, ExecutionFailedEventDetails: &types.ExecutionFailedEventDetails{Error: aws.String("Zenstop.StopFailed")}}
	got := told(t, service{"run": events(true, started("run"), entered("Report"), exited("Report", report), end)})
	if diff := cmp.Diff([]string{"0 run  0", "2 run Report 0"}, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestALargeRunIsReadWithItsPartsAndAFailureIsTracedToItsState(t *testing.T) {
	late := failed("Y") // of the first iteration, after an event of the second
	late.PreviousEventId = 4
	got := told(t, service{
		"run":        events(true, started("run"), entered("Plan"), exited("Plan", document("run", 0, "run-part-1", "run-part-2")), entered("Part"), entered("PartReported"), late),
		"run-part-1": events(true, started("run-part-1")), // the second has not started
	})
	if diff := cmp.Diff([]string{"0 run  0", "2 run Plan 0", "5 run Part 0: Y", "0 run-part-1  0"}, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestAHistoryThatCannotBeReadIsAnErrorThatNamesTheExecution(t *testing.T) {
	_, err := Read(t.Context(), service{}, prefix+"run")
	if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); !none || !strings.Contains(err.Error(), "the execution run") {
		t.Errorf("error %v", err)
	}
	_, err = Read(t.Context(), service{"run": events(true, started("run"), exited("Plan", aws.String("no document")))}, prefix+"run")
	if err == nil || !strings.Contains(err.Error(), `run, event 2: run document of the state "Plan"`) {
		t.Errorf("error %v", err)
	}
}
