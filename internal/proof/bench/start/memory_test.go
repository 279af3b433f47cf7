package start

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// The largest plan, and what a warm process needs for another one.
func TestTwoPlansOfTenThousandInstancesTakeFewMegabytesOneReadOfTheSecretAndFewConnections(t *testing.T) {
	onLinux(t)
	const most = 40_000_000
	dir := t.TempDir()
	if err := build(t.Context(), checkout, "stop", dir); err != nil {
		t.Fatal(err)
	}
	fleet := sim.Generate{Prefix: "i-0a1b2c3d4e5f-", Count: 10_000} // ids of 19 and 20 characters
	simulator, err := sim.New(sim.Options{Scenario: sim.Scenario{Generate: []sim.Generate{fleet}}})
	if err != nil {
		t.Fatal(err)
	}
	var connections, reads atomic.Int32
	account := httptest.NewUnstartedServer(simulator)
	account.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	account.Start()
	t.Cleanup(account.Close)
	secrets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // GetSecretValue
		reads.Add(1)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		key := sim.DefaultCredentials()[0]
		text := fmt.Sprintf(`{"accessKeyId":%q,"accessKeyPassword":%q}`, key.AccessKeyID, key.AccessKeyPassword)
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": text}) // without an answer no plan is made
	}))
	t.Cleanup(secrets.Close)
	p, err := launch(t.Context(), binary(dir), account.URL, secrets.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.end()
	p.plan(t)
	if peak, err := highWaterMark(p.cmd.Process.Pid); err != nil || peak > most {
		t.Errorf("a plan takes %d bytes of memory, %v; want at most %d", peak, err, most)
	}
	p.plan(t)
	if n := reads.Load(); n != 1 {
		t.Errorf("two plans read the secret %d times, want once", n)
	}
	if n := connections.Load(); n > runs.SideBySide {
		t.Errorf("two plans opened %d connections to Zenlayer, want one for each of %d calls side by side at most", n, runs.SideBySide)
	}
}

// plan has the function plan a run of all instances, as soon as it asks for work. It checks
// only that the instances were found; whether the plan is right is a question for other tests.
func (p *process) plan(t *testing.T) {
	t.Helper()
	zone := zenlayer.Filter{ZoneID: sim.DefaultZoneID}
	event, err := json.Marshal(map[string]any{"plan": runs.New(runs.Request{
		Action: power.Stop,
		Name:   "request-1", MaxInstances: 10_000, Timeout: time.Hour, Target: runs.Target{Filter: &zone},
	}, time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wait(t.Context(), p, p.asked); err != nil {
		t.Fatal(err)
	}
	p.events <- event
	got, err := wait(t.Context(), p, p.answers)
	if err != nil {
		t.Fatal(err)
	}
	var run runs.Run
	if err := json.Unmarshal(got, &run); err != nil || run.Outcome != runs.OutcomeWaiting || len(run.Memory.Parts) == 0 {
		t.Fatalf("the plan answers %.300s", got)
	}
}

// highWaterMark is the peak of a process's resident memory in bytes (VmHWM).
// Source: proc_pid_status(5).
func highWaterMark(pid int) (int64, error) {
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
