package zenlayer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
)

const (
	path           = "/api/v2/bmc"
	version        = "2026-02-01"
	actionDescribe = "DescribeInstances"
	product        = "zenstop"
	maxDrain       = 64 << 10 // bytes of an unread body that are read so that the connection can be used again
)

// call sends one action, and logs where that fails: the caller may take the error
// for an answer, such as the rejection of a batch, and only the error names the request.
func (c *Client) call(ctx context.Context, action string, in any, decode func(response) error) error {
	err := c.repeat(ctx, action, in, decode)
	if err != nil {
		slog.WarnContext(ctx, "a call of Zenlayer failed", "action", action, "error", err)
	}
	return err
}

// repeat sends one action until it succeeds, fails for good, or has used up its
// attempts. Where the credentials are rejected, it has them read afresh and tries
// once more at once, which does not count as an attempt.
func (c *Client) repeat(ctx context.Context, action string, in any, decode func(response) error) error {
	body, err := json.Marshal(in)
	if err != nil {
		return rejected("%s: the request cannot be encoded as JSON: %s", action, clean(err.Error(), Credentials{}))
	}
	refreshed := false
	for n := 1; ; n++ {
		err := c.attempt(ctx, action, body, decode)
		if credentialsRejected(err) && !refreshed && ctx.Err() == nil {
			refreshed = true
			c.cfg.Source.Forget()
			err = c.attempt(ctx, action, body, decode)
		}
		if n >= c.cfg.Retry.Attempts || !retryable(action, err) {
			return err
		}
		if !c.rest(ctx, action, n, err) {
			return ended(ctx, err)
		}
	}
}

// rest waits after attempt n: as long as Zenlayer asked, else the back-off. It reports
// false where that leaves no time for another attempt.
func (c *Client) rest(ctx context.Context, action string, n int, err error) bool {
	if RetryAfter(err) > 0 {
		return c.pause.wait(ctx, action) == nil
	}
	return sleep(ctx, c.cfg.Retry.delay(n, c.cfg.Jitter()))
}

// credentialsRejected reports whether Zenlayer rejected the credentials. An error of
// the Source is not one: that has just read them.
func credentialsRejected(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.kind() == KindCredentials
}

// retryable reports whether the client may send the call again by itself: the
// error may pass within seconds, and the call only reads or surely had no effect. An
// API that says that it does not implement the call (501) will not do so within seconds.
func retryable(action string, err error) bool {
	if e, ok := errors.AsType[*callError](err); ok && e.held {
		return false
	}
	kind := KindOf(err)
	if kind != KindUnavailable {
		return kind == KindThrottled
	}
	e, ok := errors.AsType[*APIError](err)
	if ok && e.Status == http.StatusNotImplemented && e.Code != "" {
		return false
	}
	return action == actionDescribe || !MayHaveLanded(err)
}

// attempt sends the call once and reads the answer, when its turn has come. Each
// attempt has its own signature, since a signature holds for 5 minutes only.
func (c *Client) attempt(ctx context.Context, action string, body []byte, decode func(response) error) error {
	cred, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	if err := c.turn(ctx, action); err != nil {
		return err
	}
	err = c.send(ctx, action, body, cred, decode)
	c.abandon(err)
	c.pause.heed(err)
	c.pace.heed(err, c.cfg.Now())
	return err
}

// turn returns when an attempt may begin. A pause that begins while this waits for the
// pace holds too.
func (c *Client) turn(ctx context.Context, action string) error {
	for {
		if err := c.pause.wait(ctx, action); err != nil {
			return err
		}
		if err := c.pace.wait(ctx, action); err != nil {
			return err
		}
		if !c.pause.holds() {
			return nil
		}
	}
}

func (c *Client) send(ctx context.Context, action string, body []byte, cred Credentials, decode func(response) error) error {
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
		_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
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
		return &APIError{Action: action, Status: resp.StatusCode, Message: err.Error(), RetryAfter: askedWait(resp.Header, c.cfg.Now())}
	}
	return nil
}

// why says what ended an attempt: its own time limit, the caller's context, or
// the transport. It unwraps the HTTP client's error, which repeats the URL.
func (c *Client) why(ctx, limited context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("none within %s: %w", c.cfg.Timeout, err)
	}
	return ended(ctx, err)
}

// credentials asks the Source. This has its own time limit, so that a slow read
// does not use up the time of the attempt. Credentials that no request can carry
// are forgotten, so that the next call reads them afresh.
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

// sourceError classifies an error of the Source: what is not final may pass.
func sourceError(err error) error {
	err = fmt.Errorf("credentials: %w", err)
	if KindOf(err) == KindCredentials {
		return err
	}
	return &callError{kind: KindUnavailable, text: err.Error(), err: err}
}
