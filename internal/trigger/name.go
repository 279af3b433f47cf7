package trigger

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

// maxName is the longest name of a run, in characters. Names of its further executions
// are made from it: a part of a large run has "-part-NNN" behind it, a run that comes back
// to the kept "-kept" or "-kept-NNNNN", and one that starts again "-start", in this order.
// Step Functions takes at most 80. Source: the AWS page of StartExecution.
const maxName = 80 - len("-part-NNN-kept-NNNNN-start")

// name derives the run's name from the event alone, so that each delivery of the
// event names the same run: <kind>-<event id>, and start-<kind>-<event id> of a start. An id
// that cannot be part of a name, or that would make it the name of a further execution, is
// replaced by its hash, a missing id by the hash of the whole event.
func name(env envelope, payload []byte) string {
	kind, id := string(env.kind()), env.id
	if env.action() == power.Start {
		kind = "start-" + kind
	}
	if id == "" {
		return kind + "-" + digest(payload)
	}
	if name := kind + "-" + id; text.MadeOf(name, text.Names, 1, maxName) && !further(name) {
		return name
	}
	return kind + "-" + digest([]byte(id))
}

// further reports whether a name ends like that of a further execution of another run.
func further(name string) bool {
	bare := strings.TrimRight(name, text.Digits)
	return strings.HasSuffix(bare, "-part-") || strings.HasSuffix(bare, "-kept-") ||
		strings.HasSuffix(name, "-kept") || strings.HasSuffix(name, "-start")
}

// digest is the first 32 hexadecimal digits of the SHA-256.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
