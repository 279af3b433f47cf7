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
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/zenlayer"
)

// The names of the contract. Throttled and Unavailable may pass; the others are final.
const (
	Throttled          = "Zenlayer.Throttled"
	Unavailable        = "Zenlayer.Unavailable"        // of anything that a run needs, not of Zenlayer alone
	CredentialsRefused = "Zenlayer.CredentialsRefused" //nolint:gosec // the name of an error, not a credential
	Rejected           = "Zenlayer.Rejected"
	Internal           = "Zenstop.Internal"
)

// Names lists every name that a function may return.
func Names() []string {
	return []string{Throttled, Unavailable, CredentialsRefused, Rejected, Internal}
}

// Name is the name of err, wrapped or not. What nobody knows is our own fault.
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

// Handler wraps a Lambda handler so that its errors carry their names, and a
// message of one line and at most 1,000 bytes. A panic is logged with its stack
// and is an Internal error; the function lives on.
func Handler[In, Out any](h func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (out Out, err error) {
		defer func() {
			if p := recover(); p != nil {
				why := "panic: " + describe(p)
				slog.ErrorContext(ctx, why, "stack", string(debug.Stack()))
				err = messages.InvokeResponse_Error{Type: Internal, Message: message(why)}
			}
		}()
		out, err = h(ctx, in)
		if err != nil {
			return out, messages.InvokeResponse_Error{Type: Name(err), Message: message(err.Error())}
		}
		return out, nil
	}
}

// describe says what a panic was about. Of a value that is no text it shows the
// type alone: its fields may hold a secret.
func describe(p any) string {
	switch p := p.(type) {
	case error:
		return p.Error()
	case string:
		return p
	default:
		return fmt.Sprintf("a value of type %T", p)
	}
}

const maxMessage = 1000 // bytes

// message makes a text one printable line that is not too long.
func message(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxMessage {
		return s
	}
	const ellipsis = "…"
	end := maxMessage - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}
