// Package credentials reads Zenlayer's API credentials from Secrets Manager. No
// value of a secret shows in any of its errors.
package credentials

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"zenstop/internal/zenlayer"
)

const (
	keep    = 5 * time.Minute  // how long a value serves before it is read afresh
	retry   = 30 * time.Second // how long the last good value serves after a refresh that failed
	timeout = 5 * time.Second  // of one read
)

// API is the part of Secrets Manager that a [Source] needs.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Source is a [zenlayer.Source] over one secret, which holds
// {"accessKeyId": …, "accessKeyPassword": …} or {"token": …}. It is safe for
// concurrent use, and reads the secret once for all who ask at the same time.
type Source struct {
	api    API
	secret string
	now    func() time.Time
	turn   chan struct{} // holds one token while somebody reads the secret

	mu    sync.Mutex
	have  *zenlayer.Credentials // the last good value; nil before the first and after Forget
	until time.Time             // have serves until then without a read
	epoch int                   // counts the calls of Forget
}

var _ zenlayer.Source = (*Source)(nil)

// New makes a Source for the secret with this ARN or name. A nil now is time.Now.
func New(api API, secret string, now func() time.Time) *Source {
	if now == nil {
		now = time.Now
	}
	return &Source{api: api, secret: secret, now: now, turn: make(chan struct{}, 1)}
}

// Credentials answers from memory for 5 minutes after a read. Where a later read
// fails, for whatever reason, the last good value serves on until [Source.Forget]:
// Zenlayer says whether it still holds. A [zenlayer.CredentialsError] is final,
// any other error may pass.
func (s *Source) Credentials(ctx context.Context) (zenlayer.Credentials, error) {
	if c, ok := s.fresh(); ok {
		return c, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return zenlayer.Credentials{}, passing(s.secret, ctx.Err())
	}
	if c, ok := s.fresh(); ok { // read by whoever had the turn before
		return c, nil
	}
	return s.refresh(ctx)
}

// Forget drops the value: Zenlayer refused it, so the next call reads it afresh.
// A read that is under way does not count as afresh.
func (s *Source) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have, s.epoch = nil, s.epoch+1
}

// fresh returns the value if it serves without a read.
func (s *Source) fresh() (zenlayer.Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have == nil || !s.now().Before(s.until) {
		return zenlayer.Credentials{}, false
	}
	return *s.have, true
}

func (s *Source) refresh(ctx context.Context) (zenlayer.Credentials, error) {
	s.mu.Lock()
	epoch := s.epoch
	s.mu.Unlock()
	c, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil && epoch == s.epoch:
		s.have, s.until = &c, s.now().Add(keep)
	case err != nil && s.have != nil:
		slog.WarnContext(ctx, "the credentials were not read afresh, the last good ones serve on", "error", err)
		s.until = s.now().Add(retry)
		return *s.have, nil
	}
	return c, err
}

// fetch reads the secret once.
func (s *Source) fetch(ctx context.Context) (zenlayer.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.secret})
	if err != nil {
		return zenlayer.Credentials{}, explain(s.secret, err)
	}
	if out.SecretString == nil {
		return zenlayer.Credentials{}, malformed(s.secret, "holds no text")
	}
	c, problem := decode(aws.ToString(out.SecretString))
	if problem != "" {
		return zenlayer.Credentials{}, malformed(s.secret, problem)
	}
	return c, nil
}
