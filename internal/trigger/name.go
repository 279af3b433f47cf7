package trigger

import (
	"crypto/sha256"
	"encoding/hex"

	"zenstop/internal/shutdown"
	"zenstop/internal/text"
)

// maxName is the longest name of a run, in characters. Names of its further
// executions are made from it, the longest with "-kept-part-NN" behind it, and
// Step Functions takes at most 80. Source: the AWS page of StartExecution.
const maxName = 64

// name derives the run's name from the event alone, so that each delivery of the
// event names the same run: <kind>-<event id>. An id that cannot be part of a name
// is replaced by its hash, a missing id by the hash of the whole event.
func name(kind shutdown.Kind, id string, payload []byte) string {
	if id == "" {
		return string(kind) + "-" + digest(payload)
	}
	if name := string(kind) + "-" + id; text.MadeOf(name, text.Names, 1, maxName) {
		return name
	}
	return string(kind) + "-" + digest([]byte(id))
}

// digest is the first 32 hexadecimal digits of the SHA-256.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
