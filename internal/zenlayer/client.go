// Package zenlayer is a client for the two actions of Zenlayer's bare-metal API
// that zenstop needs: DescribeInstances and StopInstances. It signs every
// attempt anew, bounds every answer, and tells what may pass from what is final.
package zenlayer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	path        = "/api/v2/bmc"
	version     = "2026-02-01"
	maxAnswer   = 8 << 20  // a page of 1,000 instances is well under it
	maxFailure  = 64 << 10 // of an answer that is not a success
	maxDrain    = 64 << 10
	requestedBy = "zenstop"
)

// Config holds what a [Client] needs. Zero fields take the defaults noted.
type Config struct {
	Endpoint  string            // required: https://host[:port], or http for loopback and private addresses
	Source    Source            // required
	Transport http.RoundTripper // default: one of its own, with time-outs
	Timeout   time.Duration     // of one attempt; default 8 s
	Retry     RetryPolicy       // zero fields take [DefaultRetry]
	Now       func() time.Time  // default time.Now; the signature carries it
	Jitter    func() float64    // default math/rand; in [0,1)
}

// Client calls Zenlayer. It is safe for concurrent use.
type Client struct {
	cfg  Config
	url  string
	http *http.Client
}

// New checks cfg and fills its defaults.
func New(cfg Config) (*Client, error) {
	u, err := CheckEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if cfg.Source == nil {
		return nil, errors.New("zenlayer: Config.Source is required")
	}
	if cfg.Transport == nil {
		cfg.Transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout: 4 * time.Second,
			IdleConnTimeout:     30 * time.Second,
			ForceAttemptHTTP2:   true,
		}
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
	cfg.Retry = cfg.Retry.withDefaults()
	return &Client{cfg: cfg, url: u.Scheme + "://" + u.Host + path, http: &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// CheckEndpoint accepts https://host[:port], and http where the host is localhost
// or a loopback or private address: credentials do not cross a network in the clear.
func CheckEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("endpoint %q: must be https://host or https://host:port", endpoint)
	}
	if u.Scheme == "https" {
		return u, nil
	}
	addr, err := netip.ParseAddr(u.Hostname())
	near := u.Hostname() == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate())
	if u.Scheme != "http" || !near {
		return nil, fmt.Errorf("endpoint %q: must be https (http is for loopback and private addresses only)", endpoint)
	}
	return u, nil
}

// Describe asks for the instances with these ids, 1 to [MaxIDs] of them. An
// empty list is refused here: Zenlayer would list the whole account.
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
// from 1; pageSize is 1 to [MaxPageSize]. An empty filter is refused here.
func (c *Client) List(ctx context.Context, f Filter, pageNum, pageSize int) (Page, error) {
	if f.Empty() {
		return Page{}, &callError{kind: KindRejected, err: errors.New("zenlayer: an empty filter would list the whole account")}
	}
	return c.describe(ctx, struct {
		Filter
		PageNum  int `json:"pageNum"`
		PageSize int `json:"pageSize"`
	}{f, pageNum, pageSize})
}

// StopInstances asks Zenlayer to stop 1 to [MaxIDs] instances and returns before
// they have. Only what surely had no effect is tried again: see [MayHaveLanded].
// Source: the vendor's StopInstances page.
func (c *Client) StopInstances(ctx context.Context, ids []string) error {
	if err := checkIDs(ids); err != nil {
		return err
	}
	_, err := c.call(ctx, "StopInstances", struct {
		InstanceIDs []string `json:"instanceIds"`
	}{ids})
	return err
}

func checkIDs(ids []string) error {
	if len(ids) == 0 || len(ids) > MaxIDs {
		return &callError{kind: KindRejected, err: fmt.Errorf("zenlayer: %d instance ids, must be 1 to %d", len(ids), MaxIDs)}
	}
	return nil
}

func (c *Client) describe(ctx context.Context, in any) (Page, error) {
	response, err := c.call(ctx, "DescribeInstances", in)
	if err != nil {
		return Page{}, err
	}
	page, err := decodePage(response)
	if err != nil {
		return Page{}, &callError{kind: KindUnavailable, err: fmt.Errorf("zenlayer DescribeInstances: answer: %w", err)}
	}
	return page, nil
}

// call sends one action until it succeeds, fails for good, or may not be tried
// again. Refused credentials are read afresh once.
func (c *Client) call(ctx context.Context, action string, in any) (json.RawMessage, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", action, err)
	}
	fresh := false
	for n := 1; ; n++ {
		response, err := c.attempt(ctx, action, body)
		if err == nil {
			return response, nil
		}
		api, answered := errors.AsType[*APIError](err)
		if answered && api.kind() == KindCredentials && !fresh {
			fresh = true
			c.cfg.Source.Forget()
			continue
		}
		if n >= c.cfg.Retry.Attempts || !retryable(action, err) || !sleep(ctx, c.cfg.Retry.delay(n, c.cfg.Jitter(), err)) {
			return nil, err
		}
	}
}

// retryable says whether the client may send the call once more by itself.
func retryable(action string, err error) bool {
	switch KindOf(err) {
	case KindThrottled:
		return true
	case KindUnavailable:
		return action != "StopInstances" || !MayHaveLanded(err)
	default:
		return false
	}
}

// attempt sends the call once and reads the answer.
func (c *Client) attempt(ctx context.Context, action string, body []byte) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	cred, err := c.cfg.Source.Credentials(ctx)
	if err != nil {
		return nil, sourceError(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("zenlayer %s: %w", action, err)
	}
	c.setHeaders(req, action, body, cred)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("zenlayer %s: %w", action, transportError(err))
	}
	defer func() {
		_, _ = io.CopyN(io.Discard, resp.Body, maxDrain) // so that the connection can be used again
		_ = resp.Body.Close()
	}()
	return read(action, resp, cred, c.cfg.Now())
}

func sourceError(err error) error {
	err = fmt.Errorf("credentials: %w", err)
	if KindOf(err) == KindCredentials {
		return err
	}
	return &callError{kind: KindUnavailable, err: err}
}

func (c *Client) setHeaders(req *http.Request, action string, body []byte, cred Credentials) {
	h := req.Header
	h.Set("Content-Type", contentType)
	h.Set("X-ZC-Action", action)
	h.Set("X-ZC-Version", version)
	h.Set("x-zc-service", "bmc")
	h.Set("x-zc-request-client", requestedBy)
	if cred.Token != "" {
		h.Set("Authorization", "Bearer "+string(cred.Token))
		return
	}
	now := c.cfg.Now()
	h.Set("X-ZC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("X-ZC-Signature-Method", "ZC2-HMAC-SHA256")
	h.Set("Authorization", authorization(cred, contentType, req.URL.Host, body, now))
}
