package zenlayer

import (
	"context"
	"log/slog"
	"strings"
)

// Secret is a string that no formatter or encoder prints. Convert it with
// string(s) where its value is needed.
type Secret string

const hidden = "***"

// String hides the value from %v and %s.
func (Secret) String() string { return hidden }

// GoString hides the value from %#v.
func (Secret) GoString() string { return hidden }

// LogValue hides the value from slog, which looks into structs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Credentials authorise requests: a Token is sent as it is; without one the access
// key signs each request with ZC2-HMAC-SHA256.
type Credentials struct {
	AccessKeyID       string
	AccessKeyPassword Secret
	Token             Secret
}

// unusable says why no request can carry c, or "" where one can.
func (c Credentials) unusable() string {
	if c.Token == "" && (c.AccessKeyID == "" || c.AccessKeyPassword == "") {
		return "there is neither a token nor a whole access key"
	}
	if !Sendable(c.AccessKeyID + string(c.Token)) {
		return "the access key id or the token holds a character that no HTTP header may carry, such as a line break"
	}
	return ""
}

// Sendable reports whether a request can carry s in a header: it has visible ASCII
// characters only. The password of an access key is not sent, and may have others.
func Sendable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// Source provides the credentials for each attempt. It is safe for concurrent use.
type Source interface {
	// Credentials returns the credentials, also from a cache. A [CredentialsError]
	// is final; any other error may pass.
	Credentials(ctx context.Context) (Credentials, error)
	// Forget drops the cached credentials because Zenlayer rejected them, so that
	// the next call of Credentials reads them afresh.
	Forget()
}

// CredentialsError is the final error of a [Source], for example because the
// secret does not exist. Its message never holds a value of the secret.
type CredentialsError struct{ Message string }

// Error returns the message.
func (e *CredentialsError) Error() string { return e.Message }
