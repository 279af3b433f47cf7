// Package runlog puts the name of the run on every log line of a call, wherever in
// the call the line is written.
package runlog

import (
	"context"
	"log/slog"
)

// key is under which a context holds the name, as a pointer: who begins the call
// does not know the name yet, but its lines have it too, once it is known.
type key struct{}

// Begin returns a context for one call of a function. [With] makes the name of the
// run known to all lines of the call that are written after it, with this context too.
func Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, new(string))
}

// With makes the name of the run known. The context that it returns is the given
// one where that comes from [Begin], else a new one.
func With(ctx context.Context, run string) context.Context {
	name, ok := ctx.Value(key{}).(*string)
	if !ok {
		return context.WithValue(ctx, key{}, &run)
	}
	*name = run
	return ctx
}

// Handler returns a handler that adds the attribute run to each record whose
// context has one. The logger must be called with that context.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if name, ok := ctx.Value(key{}).(*string); ok && *name != "" {
		r.AddAttrs(slog.String("run", *name))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
