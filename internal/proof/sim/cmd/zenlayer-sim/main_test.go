package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"zenstop/internal/proof/sim"
)

// program is a simulator that runs until stop is called.
type program struct {
	t    *testing.T
	url  string
	stop func() error
}

// launch starts the program and waits until it listens.
func launch(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, write, io.Discard); write.Close() }()
	p := &program{t: t, stop: func() error { cancel(); return <-done }}
	lines := bufio.NewScanner(read)
	if !lines.Scan() {
		t.Fatalf("the program ended at once: %v", p.stop())
	}
	var ok bool
	if p.url, ok = strings.CutPrefix(lines.Text(), "listening on "); !ok || !strings.HasPrefix(p.url, "http://127.0.0.1:") {
		t.Fatalf("the program printed %q", lines.Text())
	}
	return p
}

// do sends one request and returns the body of the answer, which must be of this status.
func (p *program) do(method, url, body string, want int) string {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-ZC-Action", sim.ActionStop)
	q.Header.Set("X-ZC-Version", sim.Version)
	q.Header.Set("Authorization", "Bearer sim-token")
	resp, err := new(http.Client).Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		p.t.Fatalf("%s %s: %d %v, want %d: %s", method, url, resp.StatusCode, err, want, text)
	}
	return string(text)
}

func (p *program) state() state {
	p.t.Helper()
	var got state
	if err := json.Unmarshal([]byte(p.do("GET", p.url+"/state", "", 200)), &got); err != nil {
		p.t.Fatal(err)
	}
	return got
}

func TestTheProgramServesTheAPIAndShowsItsState(t *testing.T) {
	p := launch(t, "-scenario", "stuck")
	p.do("POST", p.url+sim.Path, `{"instanceIds":["bmc-web-03"]}`, 200)
	p.do("POST", p.url+sim.Path, `{"instanceIds":["bmc-build-01"]}`, 403)

	got := p.state()
	if got.Scenario != "stuck" || len(got.Instances) != 12 || got.Calls[sim.ActionStop] != 2 {
		t.Errorf("state %+v", got)
	}
	for _, i := range got.Instances {
		if want := i.ID == "bmc-web-03"; (i.Status == sim.StatusStopping) != want || (i.AcceptedStops == 1) != want {
			t.Errorf("%s is %s after %d stops", i.ID, i.Status, i.AcceptedStops)
		}
	}
	page := p.do("GET", p.url+"/", "", 200)
	for _, want := range []string{"Scenario stuck", "bmc-web-03", "STOPPING", "StopInstances 2", sim.CodeInstanceNotRunning} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	var all []sim.Request
	if err := json.Unmarshal([]byte(p.do("GET", p.url+"/requests", "", 200)), &all); err != nil || len(all) != 2 || !all[0].Accepted {
		t.Errorf("requests %+v, error %v", all, err)
	}
	if text := p.do("POST", p.url+"/api/v2/zec", "{}", 401); !strings.Contains(text, sim.CodeUnauthorizedOperation) {
		t.Errorf("another path answers %s, want the vendor's flat failure", text)
	}
	p.do("PUT", p.url+"/tags/bmc-web-01", `{"zenstop-keep-until":"2026-11-24"}`, 204)
	p.do("PUT", p.url+"/tags/bmc-web-01", `[]`, 400)
	p.do("PUT", p.url+"/tags/bmc-nowhere", `{}`, 404)
	for _, i := range p.state().Instances {
		if tagged := i.Tags["zenstop-keep-until"] == "2026-11-24"; tagged != (i.ID == "bmc-web-01") {
			t.Errorf("%s has the tags %v", i.ID, i.Tags)
		}
	}
	p.do("POST", p.url+"/reset", "", 204)
	if got := p.state(); got.Calls[sim.ActionStop] != 0 || got.Instances[2].Status != sim.StatusRunning {
		t.Errorf("after the reset: %+v", got)
	}
	if err := p.stop(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

func TestBadFlagsAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"-scenario nowhere":   `no scenario "nowhere": use one of bad-night, `,
		"-listen nowhere":     "nowhere",
		"-listen 127.0.0.1:x": "127.0.0.1:x",
		"-colour red":         "-colour",
		"good-night":          `unexpected argument "good-night"`,
	} {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(text), &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%s: error %v, output %q; want an error with %q and no output", text, err, out.String(), want)
		}
	}
}
