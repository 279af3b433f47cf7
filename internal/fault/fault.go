// Package fault gives errors the names that the state machine retries and
// catches. Lambda reports an error by the name of its outermost Go type, so an
// error from fmt.Errorf would arrive as "wrapError".
package fault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/runlog"
	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// The names of the contract. The state machine retries Throttled and Unavailable;
// the others are final.
const (
	Throttled          = "Zenlayer.Throttled"
	Unavailable        = "Zenlayer.Unavailable"        // Zenlayer, or another service that a run needs: see [MayPass]
	CredentialsRefused = "Zenlayer.CredentialsRefused" //nolint:gosec // the name of an error, not a credential
	Rejected           = "Zenlayer.Rejected"
	Internal           = "Zenstop.Internal"
)

// Names lists every name that a function may return.
func Names() []string {
	return []string{Throttled, Unavailable, CredentialsRefused, Rejected, Internal}
}

// passingError marks an error as one that may pass.
type passingError struct{ error }

func (e passingError) Unwrap() error { return e.error }

// MayPass marks the error of a service other than Zenlayer as one that may pass,
// such as a throttled StartExecution: its name is then [Unavailable]. The contract
// uses that one name for everything that a run needs and that may be back before
// the deadline. Without it such an error would be [Internal], which ends the run.
// MayPass(nil) is nil.
func MayPass(err error) error {
	if err == nil {
		return nil
	}
	return passingError{err}
}

// Name returns the name of err, wrapped or not. An error that nothing here knows is
// [Internal].
func Name(err error) string {
	if _, ok := errors.AsType[passingError](err); ok {
		return Unavailable
	}
	switch zenlayer.KindOf(err) {
	case zenlayer.KindThrottled:
		return Throttled
	case zenlayer.KindUnavailable:
		return Unavailable
	case zenlayer.KindCredentials:
		return CredentialsRefused
	case zenlayer.KindRejected, zenlayer.KindTarget:
		return Rejected
	default:
		return Internal
	}
}

// Handler wraps a Lambda handler so that its errors carry their names, and a
// message of one line and at most 400 characters: the workflow hands it on beside a run
// document, and there is no room for more. Each is logged in up to 1,000: one that the
// workflow retries as a warning, a final one as an error. A panic is logged with
// its stack and becomes an [Internal] error; the function stays up.
func Handler[In, Out any](h func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (out Out, err error) {
		ctx = runlog.Begin(ctx)
		defer func() {
			if p := recover(); p != nil {
				why := "panic: " + textOf(p)
				slog.ErrorContext(ctx, why, "stack", string(debug.Stack()))
				err = named(Internal, text.Short(why, maxMessage))
			}
		}()
		out, err = h(ctx, in)
		if err != nil {
			name, message := Name(err), text.Short(err.Error(), maxLogged)
			slog.Log(ctx, level(name), "the call failed", "name", name, "error", message)
			return out, named(name, text.Cut(message, maxMessage))
		}
		return out, nil
	}
}

// level is that of a line on an error of this name.
func level(name string) slog.Level {
	if name == Throttled || name == Unavailable {
		return slog.LevelWarn
	}
	return slog.LevelError
}

// In characters. In the cause of a failed state, one may take seven bytes.
const (
	maxMessage = 400
	maxLogged  = 1000
)

// named is the error type whose name Lambda reports as it is given.
func named(name, message string) error {
	return messages.InvokeResponse_Error{Type: name, Message: message}
}

// textOf returns the text of a panic. Of a value that is not a text it returns
// the type alone, because its fields may hold a secret.
func textOf(p any) string {
	switch p := p.(type) {
	case error:
		return p.Error()
	case string:
		return p
	default:
		return fmt.Sprintf("a value of type %T", p)
	}
}
