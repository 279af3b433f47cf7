package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

// rig is a server whose clock the test moves, and a client with a token.
type rig struct {
	*sim.Server
	t   *testing.T
	now time.Time
}

var start = time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC)

func newRig(t *testing.T, sc sim.Scenario) *rig {
	t.Helper()
	r := &rig{t: t, now: start}
	s, err := sim.New(sim.Options{Scenario: sc, Now: func() time.Time { return r.now }, Start: start, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	r.Server = s
	return r
}

// fleet is a rig of these instances and nothing else.
func fleet(t *testing.T, all ...sim.Instance) *rig {
	t.Helper()
	return newRig(t, sim.Scenario{Instances: all})
}

// at moves the clock to this long after the start.
func (r *rig) at(d time.Duration) *rig {
	r.now = start.Add(d)
	return r
}

// reply is any answer, decoded as far as it is JSON.
type reply struct {
	Status   int         `json:"-"`
	Header   http.Header `json:"-"`
	Raw      string      `json:"-"`
	Code     string
	Message  string
	ID       string `json:"requestId"`
	Response *struct {
		ID         string `json:"requestId"`
		TotalCount int
		DataSet    []instance
	}
}

type instance struct {
	ID     string `json:"instanceId"`
	Name   string `json:"instanceName"`
	Status string `json:"instanceStatus"`
	Tags   struct {
		Tags []struct{ Key, Value string }
	}
}

// ids are those of the rows, in order.
func (p reply) ids() []string {
	ids := []string{}
	if p.Response != nil {
		for _, i := range p.Response.DataSet {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

func request(t *testing.T, action, body string) *http.Request {
	t.Helper()
	return requestIn(t.Context(), t, action, body)
}

func requestIn(ctx context.Context, t *testing.T, action, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://sim"+sim.Path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-ZC-Action", action)
	r.Header.Set("X-ZC-Version", sim.Version)
	r.Header.Set("Authorization", "Bearer sim-token")
	return r
}

// send gives the server one request without a socket.
func (r *rig) send(q *http.Request) (reply, error) {
	r.t.Helper()
	resp, err := r.RoundTrip(q)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	p := reply{Status: resp.StatusCode, Header: resp.Header, Raw: string(raw)}
	_ = json.Unmarshal(raw, &p) // not every answer is JSON
	return p, nil
}

func (r *rig) call(action, body string) reply {
	r.t.Helper()
	p, err := r.send(request(r.t, action, body))
	if err != nil {
		r.t.Fatalf("%s %s: %v", action, body, err)
	}
	return p
}

func (r *rig) describe(ids ...string) reply {
	r.t.Helper()
	return r.call(sim.ActionDescribe, idBody(r.t, ids))
}

func (r *rig) stop(ids ...string) reply {
	r.t.Helper()
	return r.call(sim.ActionStop, idBody(r.t, ids))
}

func (r *rig) boot(ids ...string) reply {
	r.t.Helper()
	return r.call(sim.ActionStart, idBody(r.t, ids))
}

func idBody(t *testing.T, ids []string) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"instanceIds": ids})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantShown checks what DescribeInstances says of one instance; "" is: nothing.
func (r *rig) wantShown(id, want string) {
	r.t.Helper()
	got := ""
	if p := r.describe(id); len(p.ids()) > 0 {
		got = p.Response.DataSet[0].Status
	}
	if got != want {
		r.t.Errorf("%s after %s: %s shown as %q, want %q", r.t.Name(), r.now.Sub(start), id, got, want)
	}
}

func wantAnswer(t *testing.T, p reply, status int, code string) {
	t.Helper()
	if p.Status != status || p.Code != code {
		t.Errorf("answer %d %q, want %d %q (%s)", p.Status, p.Code, status, code, p.Raw)
	}
}
