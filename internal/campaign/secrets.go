package campaign

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
)

// GetSecretValue answers as Secrets Manager would, with the faults of the world.
func (w *world) GetSecretValue(_ context.Context, _ *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	if w.in(w.secretless) {
		w.count("secretsManagerDown")
		return nil, &smithy.GenericAPIError{Code: "InternalServiceError", Message: "try again"}
	}
	secret := w.current()
	text := fmt.Sprintf(`{"accessKeyId":%q,"accessKeyPassword":%q}`, secret.AccessKeyID, secret.AccessKeyPassword)
	if secret.Token != "" {
		text = fmt.Sprintf(`{"token":%q}`, secret.Token)
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &text}, nil
}
