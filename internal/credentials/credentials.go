// Package credentials reads Zenlayer's API credentials from Secrets Manager. No
// value of a secret shows in any of its errors.
package credentials

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json"

	"zenstop/internal/zenlayer"
)

const (
	keep    = 5 * time.Minute // how long a secret is cached
	timeout = 5 * time.Second // of one fetch
)

// API is the part of Secrets Manager that a Source needs.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Source is a zenlayer.Source over one secret. It holds
// {"accessKeyId": …, "accessKeyPassword": …} or {"token": …}, is read at most
// once in 5 minutes, and afresh after Forget.
type Source struct {
	api    API
	secret string // ARN
	now    func() time.Time

	mu   sync.Mutex
	have *zenlayer.Credentials
	read time.Time
}

// New makes a Source for the secret with this ARN.
func New(api API, arn string, now func() time.Time) *Source {
	return &Source{api: api, secret: arn, now: now}
}

// Credentials answers from the cache while it is fresh. A refresh that fails in
// passing keeps the last good value.
func (s *Source) Credentials(ctx context.Context) (zenlayer.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have != nil && s.now().Sub(s.read) < keep {
		return *s.have, nil
	}
	c, err := s.fetch(ctx)
	if err != nil {
		if final, ok := errors.AsType[*zenlayer.CredentialsError](err); ok {
			return zenlayer.Credentials{}, final
		}
		if s.have != nil {
			return *s.have, nil
		}
		return zenlayer.Credentials{}, err
	}
	s.have, s.read = &c, s.now()
	return c, nil
}

// Forget drops the cached value.
func (s *Source) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have = nil
}

func (s *Source) fetch(ctx context.Context) (zenlayer.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.secret})
	if err != nil {
		return zenlayer.Credentials{}, s.explain(err)
	}
	return s.decode(aws.ToString(out.SecretString))
}

// finals are Secrets Manager's errors that asking again does not mend.
// Source: the AWS page of GetSecretValue.
var finals = map[string]string{
	"ResourceNotFoundException": "does not exist: set CredentialsSecretArn, or put the secret back",
	"AccessDeniedException":     "may not be read: the function's role needs secretsmanager:GetSecretValue, and kms:Decrypt for a key of your own",
	"DecryptionFailure":         "cannot be decrypted: the function's role needs kms:Decrypt for its key",
	"InvalidRequestException":   "cannot be read in its present state, marked for deletion perhaps: restore it",
	"InvalidParameterException": "has no valid ARN: check CredentialsSecretArn",
}

func (s *Source) explain(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if why, final := finals[api.ErrorCode()]; final {
			return &zenlayer.CredentialsError{Message: fmt.Sprintf("secret %s %s (%s)", s.secret, why, api.ErrorCode())}
		}
		return fmt.Errorf("read secret %s: Secrets Manager says %s", s.secret, api.ErrorCode())
	}
	return fmt.Errorf("read secret %s: %w", s.secret, err)
}

// decode never quotes the secret: the decoder's own errors would.
func (s *Source) decode(text string) (zenlayer.Credentials, error) {
	var v struct {
		AccessKeyID       *string `json:"accessKeyId"`
		AccessKeyPassword *string `json:"accessKeyPassword"`
		Token             *string `json:"token"`
	}
	bad := func(what string) (zenlayer.Credentials, error) {
		return zenlayer.Credentials{}, &zenlayer.CredentialsError{Message: fmt.Sprintf(
			`secret %s %s; put {"accessKeyId": "…", "accessKeyPassword": "…"} or {"token": "…"} there with: aws secretsmanager put-secret-value`, s.secret, what)}
	}
	if err := json.Unmarshal([]byte(text), &v, json.RejectUnknownMembers(true)); err != nil {
		return bad("is not JSON with only the fields accessKeyId and accessKeyPassword, or token, all strings")
	}
	id, password, token := aws.ToString(v.AccessKeyID), aws.ToString(v.AccessKeyPassword), aws.ToString(v.Token)
	switch {
	case id+password+token == "":
		return bad("is not filled in")
	case token != "" && id+password != "":
		return bad("has both a token and an access key")
	case token == "" && id == "":
		return bad("has no accessKeyId")
	case token == "" && password == "":
		return bad("has no accessKeyPassword")
	}
	return zenlayer.Credentials{AccessKeyID: id, AccessKeyPassword: zenlayer.Secret(password), Token: zenlayer.Secret(token)}, nil
}
