package doctor

import (
	"cmp"
	"context"
	"errors"
	"regexp"
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
	says := err.Error()
	if api, ok := errors.AsType[smithy.APIError](api.err); ok && api.ErrorCode() == "ResourceNotFoundException" && !strings.Contains(api.ErrorMessage(), "staging label") {
		l := Line{Level: Wrong, Says: says, More: []string{"Make one and give its ARN to the stack. " + secretFile}}
		l.Mend = []string{e.aws("secretsmanager create-secret --name %s --secret-string file://secret.json", e.Stack+"-zenlayer"), e.deploy("CredentialsSecretArn", "VALUE")}
		return l
	}
	return e.unusable(says)
}

// code finds the error of AWS with which a message of package credentials ends.
var code = regexp.MustCompile(`\((\w+(?:Exception|Failure))\)`)

// unusable is the line of a secret that cannot be used. The reason is that of package credentials, as
// this program or the report of a run has it.
func (e *exam) unusable(reason string) Line {
	secret := e.outputs["CredentialsSecretArn"]
	l, is := Line{Level: Wrong, Says: reason}, ""
	if found := code.FindStringSubmatch(reason); found != nil {
		is = found[1]
	}
	switch is {
	case "AccessDeniedException": // of the function's role
		l.Mend = []string{e.deploy("CredentialsKeyArn", "VALUE"), e.drift()}
	case "InvalidRequestException": // it is marked for deletion
		l.Mend = []string{e.aws("secretsmanager restore-secret --secret-id %s", secret)}
	case "DecryptionFailure":
		key := cmp.Or(e.parameters["CredentialsKeyArn"], "alias/aws/secretsmanager")
		l.Mend = []string{e.aws("kms describe-key --key-id %s", key), e.aws("secretsmanager describe-secret --secret-id %s", secret)}
	case "InvalidParameterException", "ValidationException":
		l.Mend = []string{e.deploy("CredentialsSecretArn", "VALUE")}
	case "ResourceNotFoundException":
		l = e.fill(reason)
		l.Mend = append([]string{e.aws("secretsmanager describe-secret --secret-id %s", secret)}, l.Mend...)
	default:
		if l = e.fill(reason); strings.Contains(reason, " is not filled in;") {
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
