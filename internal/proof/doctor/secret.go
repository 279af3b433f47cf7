package doctor

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"zenstop/internal/credentials"
)

// lookAtSecret reads the secret as the functions do. It shows nothing of its value.
func (e *exam) lookAtSecret(ctx context.Context) {
	const check = "secret"
	secret, ok := e.output(check, "CredentialsSecretArn")
	if !ok {
		return
	}
	api := &remembering{API: e.AWS.Secrets}
	_, err := credentials.New(api, secret, e.Now).Credentials(ctx)
	fill := []string{e.fill(secret)}
	switch {
	case err == nil:
		e.say(Line{Level: OK, Check: check, Says: "it is filled, in a form that is understood"})
	case denied(api.err):
		e.say(unseen(check, "secretsmanager:GetSecretValue on "+secret+", and kms:Decrypt where a key of your own encrypts it", api.err))
	case throttled(api.err):
		e.say(unseen(check, "secretsmanager:GetSecretValue", api.err))
	case api.answered && strings.Contains(err.Error(), " is not filled in"):
		e.useless = "the secret is not filled in"
		e.say(Line{Level: ToDo, Check: check, Says: "it is not filled in", More: []string{secretFile}, Mend: fill})
	case api.answered:
		e.useless = "the secret cannot be used"
		e.say(Line{Level: Wrong, Check: check, Says: err.Error(), More: []string{secretFile}, Mend: fill})
	default:
		e.say(Line{Level: Wrong, Check: check, Says: err.Error(), Mend: fill})
	}
}

const secretFile = `secret.json holds {"accessKeyId":"…","accessKeyPassword":"…"} or {"token":"…"}`

// fill is the command that fills the secret, from a file, so that no value stands in the
// history of a shell.
func (e *exam) fill(secret string) string {
	return e.aws("secretsmanager put-secret-value --secret-id '%s' --secret-string file://secret.json", secret)
}

// remembering keeps how the last call ended. The errors of package credentials are made
// for the functions, and speak of their role.
type remembering struct {
	credentials.API

	err      error
	answered bool
}

func (r *remembering) GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, with ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	out, err := r.API.GetSecretValue(ctx, in, with...)
	r.err, r.answered = err, err == nil
	return out, err
}
