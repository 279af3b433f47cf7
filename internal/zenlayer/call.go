package zenlayer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"
)

const (
	path           = "/api/v2/bmc"
	version        = "2026-02-01"
	actionStop     = "StopInstances"
	actionDescribe = "DescribeInstances"
	product        = "zenstop"
	maxDrain       = 64 << 10
)

// call sends one action until it succeeds, fails for good, or may not be tried
// again. Refused credentials are read afresh and tried once more, without a wait.
func (c *Client) call(ctx context.Context, action string, in any, decode func(response) error) error {
	body, err := json.Marshal(in)
	if err != nil {
		return rejected("%s: a request that is no JSON: %s", action, clean(err.Error(), Credentials{}))
	}
	refreshed := false
	for n := 1; ; {
		err := c.attempt(ctx, action, body, decode)
		switch {
		case refused(err) && !refreshed && ctx.Err() == nil:
			refreshed = true
			c.cfg.Source.Forget()
		case n >= c.cfg.Retry.Attempts || !retryable(action, err):
			return err
		case !sleep(ctx, c.cfg.Retry.delay(n, c.cfg.Jitter(), err)):
			return ended(ctx, err)
		default:
			n++
		}
	}
}

// refused reports whether Zenlayer refused the credentials.
func refused(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.kind() == KindCredentials
}

// retryable says whether the client may send the call once more by itself. A
// server that does not implement the call (501) will not within seconds.
func retryable(action string, err error) bool {
	switch KindOf(err) {
	case KindThrottled:
		return true
	case KindUnavailable:
		e, ok := errors.AsType[*APIError](err)
		unimplemented := ok && e.Status == http.StatusNotImplemented
		return !unimplemented && (action != actionStop || !MayHaveLanded(err))
	default:
		return false
	}
}

// attempt sends the call once and reads the answer.
func (c *Client) attempt(ctx context.Context, action string, body []byte, decode func(response) error) error {
	cred, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	var f flight
	limited, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(f.watch(limited), http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("zenlayer %s: %w", action, err)
	}
	c.setHeaders(req, action, body, cred)
	resp, err := c.http.Do(req)
	if err != nil {
		return f.lost(action, c.why(ctx, limited, err), cred)
	}
	defer func() {
		_, _ = io.CopyN(io.Discard, resp.Body, maxDrain) // so that the connection can be used again
		_ = resp.Body.Close()
	}()
	raw, err := read(action, resp, cred, c.cfg.Now())
	if KindOf(err) == KindUnavailable {
		return ended(ctx, err)
	}
	if err != nil {
		return err
	}
	if err := decode(raw); err != nil {
		return &APIError{Action: action, Status: resp.StatusCode, Message: err.Error()}
	}
	return nil
}

// why says what ended an attempt: its own time limit, the caller's context, or
// the transport. The client's wrapping is left out, as it repeats the URL.
func (c *Client) why(ctx, limited context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("none within %s: %w", c.cfg.Timeout, err)
	}
	return ended(ctx, err)
}

// credentials asks the source, within a time of its own: a slow read must not
// use up the attempt's. What it finds unusable, it has read afresh the next time.
func (c *Client) credentials(ctx context.Context) (Credentials, error) {
	limited, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	cred, err := c.cfg.Source.Credentials(limited)
	if err != nil {
		return Credentials{}, sourceError(ended(ctx, err))
	}
	if why := cred.unusable(); why != "" {
		c.cfg.Source.Forget()
		return Credentials{}, &CredentialsError{Message: "credentials: " + why}
	}
	return cred, nil
}

func sourceError(err error) error {
	err = fmt.Errorf("credentials: %w", err)
	if KindOf(err) == KindCredentials {
		return err
	}
	return &callError{kind: KindUnavailable, text: err.Error(), err: err}
}

// setHeaders signs the request, or sets the token. The Host is set, though it is
// the URL's: what is signed is what is sent.
func (c *Client) setHeaders(req *http.Request, action string, body []byte, cred Credentials) {
	req.Host = c.host
	h := req.Header
	h.Set("Content-Type", contentType)
	h.Set("User-Agent", product)
	h.Set("X-ZC-Action", action)
	h.Set("X-ZC-Version", version)
	h.Set("x-zc-service", "bmc")
	h.Set("x-zc-request-client", product)
	if cred.Token != "" {
		h.Set("Authorization", "Bearer "+string(cred.Token))
		return
	}
	now := c.cfg.Now()
	h.Set("X-ZC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("X-ZC-Signature-Method", "ZC2-HMAC-SHA256")
	h.Set("Authorization", authorization(cred, contentType, req.Host, body, now))
}
