package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"zenstop/internal/zenlayer"
)

// finals are the errors of Secrets Manager that asking again does not mend, and
// what to do. Source: the AWS page of GetSecretValue.
var finals = map[string]string{
	"ResourceNotFoundException": "does not exist or has no value: check CredentialsSecretArn, or fill the secret with: aws secretsmanager put-secret-value",
	"AccessDeniedException":     "may not be read: give the function's role secretsmanager:GetSecretValue on it, and kms:Decrypt for a key of your own",
	"DecryptionFailure":         "cannot be decrypted: give the function's role kms:Decrypt for its key, and check that the key is enabled",
	"InvalidRequestException":   "cannot be read as it is now, it may be marked for deletion: bring it back with: aws secretsmanager restore-secret",
	"InvalidParameterException": "cannot be asked for by this name: check CredentialsSecretArn",
	"ValidationException":       "cannot be asked for by this name: check CredentialsSecretArn",
}

// explain turns an error of Secrets Manager into a final one, or one that may pass.
func explain(secret string, err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if why, final := finals[api.ErrorCode()]; final {
			return &zenlayer.CredentialsError{Message: fmt.Sprintf("secret %s %s (%s)", secret, why, api.ErrorCode())}
		}
	}
	return passing(secret, err)
}

// malformed is the error of a secret that holds no credentials.
func malformed(secret, problem string) error {
	return &zenlayer.CredentialsError{Message: fmt.Sprintf(
		`secret %s %s; put {"accessKeyId": "…", "accessKeyPassword": "…"} or {"token": "…"} there with: aws secretsmanager put-secret-value`, secret, problem)}
}

// passingError is an error that may pass. It does not wrap what came from the
// SDK, whose errors can carry the answer, and so the secret.
type passingError struct {
	message string
	cause   error // context.DeadlineExceeded, context.Canceled or nil
}

func (e *passingError) Error() string { return e.message }
func (e *passingError) Unwrap() error { return e.cause }

func passing(secret string, err error) error {
	e := &passingError{message: fmt.Sprintf("read secret %s: %s", secret, reason(err))}
	for _, cause := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, cause) {
			e.cause = cause
		}
	}
	return e
}

const maxReason = 300 // bytes

// reason says in a few words why a read failed.
func reason(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return "Secrets Manager answers " + api.ErrorCode()
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return "the answer of Secrets Manager is not to be understood"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer of Secrets Manager in time"
	}
	s := strings.Join(strings.Fields(err.Error()), " ")
	if len(s) > maxReason { // the end says what went wrong
		s = "…" + strings.ToValidUTF8(s[len(s)-maxReason:], "")
	}
	return s
}
