// Package zenlayer is a client for the two actions of Zenlayer's bare-metal API
// that zenstop needs: DescribeInstances and StopInstances. It signs each attempt,
// keeps to a pace that Zenlayer bears, limits how much of an answer it reads, retries for a few seconds, and classifies
// every error as one that may pass or one that is final: see [Kind].
package zenlayer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"
)

// Config holds what a [Client] needs. Zero fields take the defaults noted.
type Config struct {
	Endpoint  string            // required: see [CheckEndpoint]
	Source    Source            // required
	Transport http.RoundTripper // default: a new one with time-outs, which uses the proxy of the environment
	Timeout   time.Duration     // of one attempt, and of one read of the credentials; default 8 s
	Retry     RetryPolicy       // zero fields take those of [DefaultRetry]
	Now       func() time.Time  // the time that is signed, and that ends a Retry-After; default time.Now
	Jitter    func() float64    // random numbers in [0,1); default math/rand
}

// Client calls Zenlayer. It is safe for concurrent use.
type Client struct {
	cfg  Config
	url  string
	host string // the Host header, which is also signed
	http *http.Client
	pace *pace

	pause *pause
}

// New returns a Client, or an error where cfg has no Source, an endpoint that is wrong
// for [CheckEndpoint], or a negative or contradictory duration.
func New(cfg Config) (*Client, error) {
	u, err := CheckEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("zenlayer: %w", err)
	}
	if cfg.Source == nil {
		return nil, errors.New("zenlayer: Config.Source is required")
	}
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, fmt.Errorf("zenlayer: %w", err)
	}
	return &Client{cfg: cfg, url: u.Scheme + "://" + u.Host + path, host: u.Host, pace: newPace(), pause: &pause{now: cfg.Now}, http: &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (cfg Config) withDefaults() (Config, error) {
	if cfg.Transport == nil {
		cfg.Transport = newTransport((&net.Dialer{Timeout: 3 * time.Second}).DialContext)
	}
	if cfg.Timeout < 0 {
		return cfg, fmt.Errorf("a time-out of %s", cfg.Timeout)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 8 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Jitter == nil {
		cfg.Jitter = rand.Float64
	}
	var err error
	cfg.Retry, err = cfg.Retry.withDefaults()
	return cfg, err
}

// Describe asks for the instances with these ids, 1 to [MaxIDs] of them. The
// answer leaves out ids that do not exist. An empty list is an error of
// [KindRejected], because Zenlayer would list the whole account.
// Source: the vendor's DescribeInstances page.
func (c *Client) Describe(ctx context.Context, ids []string) (Page, error) {
	if err := checkIDs(ids); err != nil {
		return Page{}, err
	}
	return c.describe(ctx, struct {
		InstanceIDs []string `json:"instanceIds"`
		PageNum     int      `json:"pageNum"`
		PageSize    int      `json:"pageSize"`
	}{ids, 1, MaxIDs})
}

// List asks for one page of the instances that a filter selects. PageNum counts
// from 1; pageSize is 1 to [MaxPageSize]. An empty filter is an error of
// [KindRejected], because Zenlayer would list the whole account. A filter value
// that does not exist is an error of [KindTarget].
// Source: the vendor's DescribeInstances page.
func (c *Client) List(ctx context.Context, f Filter, pageNum, pageSize int) (Page, error) {
	if f.Empty() {
		return Page{}, rejected("an empty filter would list the whole account")
	}
	if pageNum < 1 || pageSize < 1 || pageSize > MaxPageSize {
		return Page{}, rejected("page %d of size %d: pages count from 1 and hold 1 to %d", pageNum, pageSize, MaxPageSize)
	}
	return c.describe(ctx, struct {
		Filter
		PageNum  int `json:"pageNum"`
		PageSize int `json:"pageSize"`
	}{f, pageNum, pageSize})
}

// Action is a call that changes instances, in the vendor's words.
type Action string

// The actions that zenstop asks for.
const (
	StopInstances  Action = "StopInstances"
	StartInstances Action = "StartInstances"
)

// Ask asks Zenlayer to stop or to start 1 to [MaxIDs] instances. It returns once Zenlayer
// has accepted that, before anything has changed. It is retried only where the attempt
// surely had no effect: see [MayHaveLanded]. One bad id may have all of them rejected: see
// [BlamesInstance].
// Source: the vendor's pages of StopInstances and StartInstances.
func (c *Client) Ask(ctx context.Context, action Action, ids []string) error {
	if err := checkIDs(ids); err != nil {
		return err
	}
	err := c.call(ctx, string(action), struct {
		InstanceIDs []string `json:"instanceIds"`
	}{ids}, accept)
	if err == nil {
		slog.InfoContext(ctx, "Zenlayer accepted a request", "action", action, "instances", ids)
	}
	return err
}

// describe calls DescribeInstances. An answer that is not a page counts as
// [KindUnavailable], so it is asked for again.
func (c *Client) describe(ctx context.Context, in any) (page Page, err error) {
	err = c.call(ctx, actionDescribe, in, func(response response) error {
		page, err = decodePage(response)
		return err
	})
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

// accept takes any response object: the answer of an [Action] says nothing about single
// instances.
func accept(response) error { return nil }

// checkIDs rejects lists that Zenlayer might take for the whole account.
func checkIDs(ids []string) error {
	if len(ids) == 0 || len(ids) > MaxIDs {
		return rejected("%d instance ids, must be 1 to %d", len(ids), MaxIDs)
	}
	if slices.Contains(ids, "") {
		return rejected("an empty instance id")
	}
	return nil
}
