package credentials

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// finals are the errors of Secrets Manager that somebody must repair, with what to
// do. Source: the AWS page of GetSecretValue.
var finals = map[string]string{
	"ResourceNotFoundException": "does not exist or has no value: check CredentialsSecretArn, or fill the secret with: aws secretsmanager put-secret-value",
	"AccessDeniedException":     "may not be read: give the function's role secretsmanager:GetSecretValue on it, and kms:Decrypt for a key of your own",
	"DecryptionFailure":         "cannot be decrypted: give the function's role kms:Decrypt for its key, and check that the key is enabled",
	"InvalidRequestException":   "cannot be read in its present state; if it is marked for deletion, restore it with: aws secretsmanager restore-secret",
	"InvalidParameterException": "has no valid name or ARN: check CredentialsSecretArn",
	"ValidationException":       "has no valid name or ARN: check CredentialsSecretArn",
}

// classify turns an error of Secrets Manager into a final one or one that may pass.
func classify(secret string, err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if why, final := finals[api.ErrorCode()]; final {
			return &zenlayer.CredentialsError{Message: fmt.Sprintf("secret %s %s (%s)", secret, why, api.ErrorCode())}
		}
	}
	return unread(secret, err)
}

// malformed is the error of a secret that holds no usable credentials.
func malformed(secret, problem string) error {
	return &zenlayer.CredentialsError{Message: fmt.Sprintf(
		`secret %s %s; put {"accessKeyId": "…", "accessKeyPassword": "…"} or {"token": "…"} there with: aws secretsmanager put-secret-value`, secret, problem)}
}

// unreadError says that a read failed, which may pass. It does not wrap the error of the SDK,
// which can contain the answer and so the secret.
type unreadError struct {
	message string
	cause   error // context.DeadlineExceeded, context.Canceled or nil
}

func (e *unreadError) Error() string { return e.message }
func (e *unreadError) Unwrap() error { return e.cause }

// unread is the error of a read that may succeed later.
func unread(secret string, err error) error {
	e := &unreadError{message: fmt.Sprintf("read secret %s: %s", secret, reason(err))}
	for _, cause := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, cause) {
			e.cause = cause
		}
	}
	return e
}

const maxReason = 300 // characters

// reason says briefly why a read failed.
func reason(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return "Secrets Manager answers " + api.ErrorCode()
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return "the answer of Secrets Manager cannot be decoded"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "Secrets Manager did not answer in time"
	}
	return text.End(text.Line(err.Error()), maxReason)
}
