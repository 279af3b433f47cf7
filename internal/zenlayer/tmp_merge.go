package zenlayer

import (
	"errors"
	"time"
)

// RetryAfter is how long the error asks to wait.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.RetryAfter
	}
	return 0
}
