// Package fault gives errors the names that the state machine retries and
// catches. Lambda reports an error by the name of its outermost Go type, so a
// wrapped error would arrive as "wrapError".
package fault

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/zenlayer"
)

// The names, as the contract defines them.
const (
	Throttled          = "Zenlayer.Throttled"
	Unavailable        = "Zenlayer.Unavailable"
	CredentialsRefused = "Zenlayer.CredentialsRefused" //nolint:gosec // the name of an error, not a credential
	Rejected           = "Zenlayer.Rejected"
	Internal           = "Zenstop.Internal"
)

const maxMessage = 1000 // bytes

// Names lists every name that a function may return.
func Names() []string {
	return []string{Throttled, Unavailable, CredentialsRefused, Rejected, Internal}
}

// Name is the name of err. What nobody knows is our own fault.
func Name(err error) string {
	switch zenlayer.KindOf(err) {
	case zenlayer.KindThrottled:
		return Throttled
	case zenlayer.KindUnavailable:
		return Unavailable
	case zenlayer.KindCredentials:
		return CredentialsRefused
	case zenlayer.KindRejected, zenlayer.KindInstance:
		return Rejected
	default:
		return Internal
	}
}

// Handler wraps a Lambda handler so that its errors carry their names. A panic
// is an Internal error.
func Handler[In, Out any](h func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (out Out, err error) {
		defer func() {
			if p := recover(); p != nil {
				slog.ErrorContext(ctx, "panic", "value", p, "stack", string(debug.Stack()))
				err = messages.InvokeResponse_Error{Type: Internal, Message: fmt.Sprintf("panic: %v", p)}
			}
		}()
		out, err = h(ctx, in)
		if err != nil {
			return out, messages.InvokeResponse_Error{Type: Name(err), Message: message(err)}
		}
		return out, nil
	}
}

func message(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}
