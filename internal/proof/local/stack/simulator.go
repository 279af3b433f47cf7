package stack

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

func (s *Stack) startSimulator(ctx context.Context, o Options) error {
	cmd := exec.CommandContext(ctx, simulator(o.Root), "-listen", net.JoinHostPort(o.Host, "0"), "-scenario", cmp.Or(o.Scenario, "good-night"))
	cmd.Dir = o.Root
	cmd.Stderr = o.Log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if _, err := s.start(cmd); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("it did not print its address: %w", err)
	}
	s.Simulator = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return nil
}

// Simulated reads one of the simulator's views, /state or /requests, into v.
func (s *Stack) Simulated(ctx context.Context, path string, v any) error {
	return s.simulator(ctx, http.MethodGet, path, nil, v)
}

// ResetSimulator starts the simulator's scenario afresh.
func (s *Stack) ResetSimulator(ctx context.Context) error {
	return s.simulator(ctx, http.MethodPost, "/reset", nil, nil)
}

// SetTags replaces the tags of a simulated instance, as somebody does in Zenlayer's
// console.
func (s *Stack) SetTags(ctx context.Context, id string, tags map[string]string) error {
	return s.simulator(ctx, http.MethodPut, "/tags/"+id, tags, nil)
}

// simulator sends the body as JSON, and reads the answer into v, unless that is nil.
func (s *Stack) simulator(ctx context.Context, method, path string, body, v any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.Simulator+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s of the simulator: %s", path, resp.Status)
	}
	if v == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(v)
}
