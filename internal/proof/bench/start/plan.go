package start

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// Plan is what one process of StopFunction needs for two plans, one after the
// other, of runs of [PlannedInstances].
type Plan struct {
	// PeakMemory is the most resident memory of the process in bytes after the first
	// plan (VmHWM of Linux); 0 on other systems.
	PeakMemory  int64
	Connections int // opened to Zenlayer by both plans together
	SecretReads int // how often both plans together read the credentials
}

// planTwice has one process carry out two plans.
func planTwice(ctx context.Context, program string) (result Plan, err error) {
	c, err := simulate(ctx)
	if err != nil {
		return result, err
	}
	defer c.close()
	p, err := launch(ctx, program, "http://"+c.zenlayer.address, "http://"+c.secrets.address)
	if err != nil {
		return result, err
	}
	defer p.end()
	if err := p.plan(ctx); err != nil {
		return result, err
	}
	if result.PeakMemory, err = highWaterMark(p.cmd.Process.Pid); err != nil {
		return result, err
	}
	if err := p.plan(ctx); err != nil {
		return result, err
	}
	result.Connections, result.SecretReads = int(c.connections.Load()), int(c.reads.Load())
	return result, nil
}

// plan has the function plan a run of all instances. It checks only that the
// instances were found; whether the plan is right is a question for other tests.
func (p *process) plan(ctx context.Context) error {
	zone := zenlayer.Filter{ZoneID: simulatedZone}
	event, err := json.Marshal(map[string]any{"plan": runs.New(runs.Request{
		Run: "request-1", MaxInstances: PlannedInstances, Timeout: time.Hour, Target: runs.Target{Filter: &zone},
	}, time.Now())})
	if err != nil {
		return err
	}
	got, err := p.invoke(ctx, event)
	if err != nil {
		return err
	}
	var run runs.Run
	if err := json.Unmarshal(got, &run); err != nil || run.Outcome != runs.OutcomeWaiting || len(run.Plan.Parts) == 0 {
		return fmt.Errorf("the plan of %d instances answers %.300s", PlannedInstances, got)
	}
	return nil
}

// highWaterMark is the peak of a process's resident memory in bytes; 0 where the
// system is not Linux. Source: proc_pid_status(5).
func highWaterMark(pid int) (int64, error) {
	if runtime.GOOS != "linux" {
		return 0, nil
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if field := bytes.Fields(line); len(field) == 3 && string(field[0]) == "VmHWM:" {
			kibibytes, err := strconv.ParseInt(string(field[1]), 10, 64)
			return kibibytes << 10, err
		}
	}
	return 0, errors.New("the status of the process has no VmHWM")
}
