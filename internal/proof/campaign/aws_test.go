package campaign

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
)

// The calls of AWS at which a process can end.
const (
	actionStart  = "StartExecution"
	actionSecret = "GetSecretValue"
)

// GetSecretValue answers as Secrets Manager would.
func (f *lambda) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	f.mayCrash(actionSecret, false)
	if f.world.happens(secretsDown, f.owner, f.chance) {
		return nil, &smithy.GenericAPIError{Code: "InternalServiceError", Message: "try again"}
	}
	f.mayCrash(actionSecret, true)
	text := f.world.secretText()
	return &secretsmanager.GetSecretValueOutput{SecretString: &text}, nil
}

func (w *world) secretText() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.secret.Token != "" {
		return fmt.Sprintf(`{"token":%q}`, w.secret.Token)
	}
	return fmt.Sprintf(`{"accessKeyId":%q,"accessKeyPassword":%q}`, w.secret.AccessKeyID, w.secret.AccessKeyPassword)
}

// rotate puts another secret in its place. It concerns every execution under way.
func (w *world) rotate() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.revoked {
		return
	}
	w.secret = sim.Credential{AccessKeyID: "rotated-id", AccessKeyPassword: "rotated-password"}
	w.server.SetCredentials(w.secret)
	for _, x := range w.executions {
		if !x.over() && x.waits {
			w.hits = append(w.hits, hit{kind: secretRotated, at: time.Now(), owner: x.name})
		}
	}
}

// revoke ends all credentials for good.
func (w *world) revoke() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked = true
	w.server.SetCredentials()
}

// mayStart reports whether an execution begins, or its name is taken. A name starts
// once; the same input for an execution that still runs is neither.
// Source: the AWS page of StartExecution, on idempotency.
func (w *world) mayStart(name string, input []byte) (begins, taken bool) {
	old := w.known(name)
	return old == nil, old != nil && (old.over() || !bytes.Equal(old.input, input))
}

// StartExecution answers as Step Functions would.
func (f *lambda) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	f.mayCrash(actionStart, false)
	if f.world.happens(startThrottled, f.owner, f.chance) {
		return nil, &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	begins, taken := f.world.mayStart(*in.Name, []byte(*in.Input))
	if taken {
		return nil, &types.ExecutionAlreadyExists{}
	}
	if begins {
		f.world.begin(*in.Name, []byte(*in.Input))
	}
	f.mayCrash(actionStart, true)
	arn := cloud.ExecutionARN(*in.Name)
	return &sfn.StartExecutionOutput{ExecutionArn: &arn}, nil
}

// known is the execution of this name, or nil.
func (w *world) known(name string) *execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.executions[name]
}

// add keeps an execution; a root is one that an event started.
func (w *world) add(x *execution) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.executions[x.name] = x
	if x.parent == nil && x.origin == nil && !x.rival() {
		w.roots = append(w.roots, x)
	}
}
