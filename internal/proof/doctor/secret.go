package doctor

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"zenstop/internal/credentials"
	"zenstop/internal/zenlayer"
)

// lookAtSecret reads the secret as the functions do. It shows nothing of its value.
func (e *exam) lookAtSecret(ctx context.Context) Line {
	api := &remembering{API: e.AWS.Secrets}
	_, err := credentials.New(api, e.outputs["CredentialsSecretArn"], e.Now).Credentials(ctx)
	_, final := errors.AsType[*zenlayer.CredentialsError](err)
	switch {
	case err == nil:
		return Line{Level: OK, Says: "it is filled, in a form that is understood"}
	case denied(api.err):
		return e.unseen("secretsmanager:GetSecretValue on it, and kms:Decrypt where a key of your own encrypts it", api.err)
	case throttled(api.err):
		return e.unseen("secretsmanager:GetSecretValue", api.err)
	case !final:
		return Line{Level: Unknown, Says: err.Error()} // that of AWS may quote the answer
	}
	e.useless = "the secret cannot be used"
	return e.unreadable(err.Error(), api.err)
}

// unreadable is the line of a secret that cannot be used. Failed is the error of AWS; nil: the
// secret was read.
func (e *exam) unreadable(says string, failed error) Line {
	secret := e.outputs["CredentialsSecretArn"]
	l := Line{Level: Wrong, Says: says}
	code := ""
	if api, ok := errors.AsType[smithy.APIError](failed); ok {
		code = api.ErrorCode()
	}
	switch code {
	case "InvalidRequestException": // it is marked for deletion
		l.Mend = []string{e.aws("secretsmanager restore-secret --secret-id %s", secret)}
	case "DecryptionFailure":
		key := cmp.Or(e.parameters["CredentialsKeyArn"], "alias/aws/secretsmanager")
		l.Mend = []string{e.aws("kms describe-key --key-id %s", key), e.aws("secretsmanager describe-secret --secret-id %s", secret)}
	case "InvalidParameterException", "ValidationException":
		l.Mend = []string{e.deploy("CredentialsSecretArn", "VALUE")}
	case "ResourceNotFoundException":
		if !strings.Contains(failed.Error(), "staging label") { // of a secret that is there, and has no value
			l.More = []string{"Make one and give its ARN to the stack. " + secretFile}
			l.Mend = []string{e.aws("secretsmanager create-secret --name %s --secret-string file://secret.json", e.Stack+"-zenlayer"), e.deploy("CredentialsSecretArn", "VALUE")}
			return l
		}
		fallthrough
	default:
		if l = e.fill(says); strings.Contains(says, " is not filled in;") {
			l.Level, l.Says = ToDo, "it is not filled in"
		}
	}
	return l
}

const secretFile = `secret.json holds {"accessKeyId":"…","accessKeyPassword":"…"} or {"token":"…"}`

// fill is the line of a secret that has to be filled, from a file, so that no value stands
// in the history of a shell.
func (e *exam) fill(says string) Line {
	return Line{
		Level: Wrong, Says: says, More: []string{secretFile},
		Mend: []string{e.aws("secretsmanager put-secret-value --secret-id %s --secret-string file://secret.json", e.outputs["CredentialsSecretArn"])},
	}
}

// remembering keeps how the last call ended. The errors of package credentials are made
// for the functions, and speak of their role.
type remembering struct {
	credentials.API

	err error
}

func (r *remembering) GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, with ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	out, err := r.API.GetSecretValue(ctx, in, with...)
	r.err = err
	return out, err
}
