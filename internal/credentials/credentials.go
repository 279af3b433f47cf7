// Package credentials reads Zenlayer's API credentials from Secrets Manager and
// caches them. None of its errors shows a value of the secret.
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
	cacheFor = 5 * time.Minute  // how long a value is used before the secret is read again
	retry    = 30 * time.Second // how long the last good value is used after a read that failed
	timeout  = 5 * time.Second  // of one read
)

// API is the part of Secrets Manager that a [Source] needs.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Source is a [zenlayer.Source] that reads one secret, which holds
// {"accessKeyId": …, "accessKeyPassword": …} or {"token": …}. It is safe for
// concurrent use; callers that ask at the same time share one read.
type Source struct {
	api    API
	secret string
	now    func() time.Time
	turn   chan struct{} // has room for one: it is full while somebody reads the secret

	mu    sync.Mutex            // guards the fields below
	have  *zenlayer.Credentials // the last good value; nil before the first read and after Forget
	until time.Time             // until then have is used without a read
	epoch int                   // how often Forget was called
}

var _ zenlayer.Source = (*Source)(nil)

// New returns a Source for the secret with this ARN or name. Now gives the time;
// nil stands for time.Now.
func New(api API, secret string, now func() time.Time) *Source {
	if now == nil {
		now = time.Now
	}
	return &Source{api: api, secret: secret, now: now, turn: make(chan struct{}, 1)}
}

// Credentials returns the cached value for 5 minutes after a read; then it reads the
// secret again. Where that fails, for whatever reason, it goes on returning the last
// good value, and tries again every 30 seconds, until [Source.Forget] says that
// Zenlayer no longer accepts that value. A [zenlayer.CredentialsError] is final; any
// other error may pass.
func (s *Source) Credentials(ctx context.Context) (zenlayer.Credentials, error) {
	if c, ok := s.fresh(); ok {
		return c, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return zenlayer.Credentials{}, unread(s.secret, ctx.Err())
	}
	if c, ok := s.fresh(); ok { // somebody else read it while this call waited
		return c, nil
	}
	return s.refresh(ctx)
}

// Forget drops the cached value because Zenlayer rejected it. The next call of
// [Source.Credentials] reads the secret again. A read that began before Forget may
// bring the rejected value once more, so its result is not cached.
func (s *Source) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have, s.epoch = nil, s.epoch+1
}

// fresh returns the cached value, if it can be used without a read.
func (s *Source) fresh() (zenlayer.Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have == nil || !s.now().Before(s.until) {
		return zenlayer.Credentials{}, false
	}
	return *s.have, true
}

// refresh reads the secret and caches its value. Where the read fails, it returns the
// last good value, if there is one.
func (s *Source) refresh(ctx context.Context) (zenlayer.Credentials, error) {
	s.mu.Lock()
	epoch := s.epoch
	s.mu.Unlock()
	c, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && epoch == s.epoch {
		s.have, s.until = &c, s.now().Add(cacheFor)
	}
	if err != nil && s.have != nil {
		slog.WarnContext(ctx, "the secret could not be read again, the credentials of the last read are used", "error", err)
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
		return zenlayer.Credentials{}, classify(s.secret, err)
	}
	secret := aws.ToString(out.SecretString)
	if out.SecretString == nil { // it was put there as bytes, which may be text all the same
		secret = string(out.SecretBinary)
	}
	c, problem := decode(secret)
	if problem != "" {
		return zenlayer.Credentials{}, malformed(s.secret, problem)
	}
	return c, nil
}
