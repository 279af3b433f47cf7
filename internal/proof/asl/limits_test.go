package asl

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestATaskThatTakesTooLongTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := parse(t, "A", `
			"A": {"Type": "Task", "Resource": "x", "TimeoutSeconds": 5, "Arguments": {}, "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 10, "MaxAttempts": 1}],
				"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "E"}, {"ErrorEquals": ["States.Timeout"], "Next": "T"}], "Next": "E"},
			"T": {"Type": "Fail", "Error": "T"}, "E": {"Type": "Succeed"}`)
		began := time.Now()
		end, err := m.Run(t.Context(), Env{Task: func(ctx context.Context, _ string, _ Arguments) ([]byte, *Failure) {
			<-ctx.Done()
			return []byte(`"late"`), nil
		}}, Execution{Input: []byte(`{}`)})
		if took := time.Since(began); err != nil || end.Error != "T" || took != 20*time.Second {
			t.Errorf("%s after %s, %v", outcome(end), took, err)
		}
	})
}

func TestTheMachineTimesOutWhateverItDoes(t *testing.T) {
	for about, state := range map[string]string{
		"in a Wait":            `{"Type": "Wait", "Seconds": 999999, "Next": "A"}`,
		"between short states": `{"Type": "Wait", "Seconds": 1, "Next": "A"}`,
		"in a Task":            `{"Type": "Task", "Resource": "x", "Arguments": {}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}], "Next": "A"}`,
		"between two attempts": `{"Type": "Task", "Resource": "fails", "Arguments": {}, "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 9999, "MaxAttempts": 9}], "Next": "A"}`,
		"in a Task of a Map":   `{"Type": "Map", "Items": [1], "Next": "A", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "x", "Arguments": {}, "Next": "B"}}}}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			end, err := parse(t, "A", `"A": `+state).Run(t.Context(), Env{Task: func(ctx context.Context, resource string, _ Arguments) ([]byte, *Failure) {
				if resource == "fails" {
					return nil, &Failure{"E", ""}
				}
				<-ctx.Done()
				return []byte(`{}`), nil
			}}, Execution{Input: []byte(`{}`)})
			if took := time.Since(began); err != nil || end.Status != TimedOut || took != 1000*time.Second {
				t.Errorf("%s: %s after %s, %v", about, outcome(end), took, err)
			}
		})
	}
}

func TestAnExecutionThatIsGivenUpIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := parse(t, "A", `"A": {"Type": "Wait", "Seconds": 1, "Next": "A"}`)
	end, err := m.Run(ctx, Env{Wait: func(time.Duration) { cancel() }}, Execution{Input: []byte(`{}`)})
	if err == nil || end.Status != Failed {
		t.Errorf("%s, %v", outcome(end), err)
	}
}

func TestDataAboveTheQuotaEndsTheExecutionAndCannotBeCaught(t *testing.T) {
	big := `"` + strings.Repeat("x", MaxBytes-2) + `"`
	catch := `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}], "Next": "E"}, "E": {"Type": "Succeed"}`
	for about, c := range map[string]struct{ state, input, result, want string }{
		"just fits":     {`{"Type": "Task", "Resource": "x", "Arguments": {}, ` + catch, big, big, big},
		"the input":     {`{"Type": "Succeed"}`, big + " ", "", "FAILED States.DataLimitExceeded the input has 262145 bytes, the quota is 262144"},
		"the arguments": {`{"Type": "Task", "Resource": "x", "Arguments": {"a": "{% $states.input %}"}, ` + catch, big, "", "FAILED States.DataLimitExceeded what the task is given has 262151 bytes, the quota is 262144"},
		"the result":    {`{"Type": "Task", "Resource": "x", "Arguments": {}, "Output": 1, ` + catch, "1", big + " ", "FAILED States.DataLimitExceeded the result has 262145 bytes, the quota is 262144"},
		"the output":    {`{"Type": "Pass", "Output": ["{% $states.input %}"], "Next": "A"}`, big, "", "FAILED States.DataLimitExceeded the output has 262146 bytes, the quota is 262144"},
	} {
		r := &trial{task: func(string, Arguments) (string, *Failure) { return c.result, nil }}
		if got := outcome(r.run(t, parse(t, "A", `"A": `+c.state), c.input)); got != c.want {
			t.Errorf("%s: %.200s", about, got)
		}
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	end := new(trial).run(t, parse(t, "A", `"A": {"Type": "Pass", "Next": "A"}`), `{}`)
	if !strings.HasPrefix(outcome(end), "FAILED States.Runtime the execution reached the maximum of 25000 history events") || end.Events <= MaxEvents || end.Events > MaxEvents+2 {
		t.Errorf("%s after %d events", outcome(end), end.Events)
	}
	// Source: the AWS page of execution history events: started, entered, scheduled,
	// started, submitted, succeeded, exited, entered, exited, ended.
	r := &trial{task: func(string, Arguments) (string, *Failure) { return `{}`, nil }}
	end = r.run(t, parse(t, "A", `"A": {"Type": "Task", "Resource": "x", "Arguments": {}, "Next": "E"}, "E": {"Type": "Succeed"}`), `{}`)
	if end.Events != 10 {
		t.Errorf("%d events, want 10", end.Events)
	}
}
