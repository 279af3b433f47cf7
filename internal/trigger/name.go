package trigger

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"zenstop/internal/shutdown"
)

// maxName leaves room for "-NN-of-NN": a name of Step Functions has at most 80
// characters. Source: the AWS page of StartExecution.
const maxName = 71

var namePart = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// name derives the run's name from the event alone: <kind>-<event id>. An id
// that cannot be part of a name is replaced by its hash, and a missing one by
// the hash of the whole event.
func name(kind shutdown.Kind, id string, payload []byte) string {
	switch {
	case id == "":
		return string(kind) + "-" + digest(payload)
	case len(kind)+1+len(id) > maxName || !namePart.MatchString(id):
		return string(kind) + "-" + digest([]byte(id))
	}
	return string(kind) + "-" + id
}

// digest is the first 32 hex digits of the SHA-256.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
