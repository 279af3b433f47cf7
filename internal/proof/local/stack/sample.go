package stack

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Sample reads a file of events/ and makes it current, since zenstop refuses what
// is old and does nothing twice. An event gets a fresh id, and the time now unless
// the file's name begins with fixed-time-; the startAt of a detail moves by the same span. A run
// document, alone or in one of the
// workflow's calls {"plan": …}, {"stop": …} and {"report": …}, has started now: all of its
// times move by the same span.
func Sample(path string, now time.Time) (map[string]any, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var sample map[string]any
	if err := json.Unmarshal(raw, &sample); err != nil {
		return nil, fmt.Errorf("%s is no JSON object: %w", path, err)
	}
	now = now.UTC().Truncate(time.Second)
	if doc := runDocument(sample); doc != nil {
		if err := startNow(doc, now); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return sample, nil
	}
	sample["id"] = strings.ToLower(rand.Text())
	if !strings.HasPrefix(filepath.Base(path), "fixed-time-") {
		moveStart(sample, now)
		sample["time"] = now.Format(time.RFC3339)
	}
	return sample, nil
}

// moveStart moves the startAt of an event that comes now.
func moveStart(sample map[string]any, now time.Time) {
	detail, _ := sample["detail"].(map[string]any)
	startAt, _ := detail["startAt"].(string)
	at, _ := sample["time"].(string)
	start, err := time.Parse(time.RFC3339, startAt)
	came, of := time.Parse(time.RFC3339, at)
	if err == nil && of == nil {
		detail["startAt"] = now.Add(start.Sub(came)).Format(time.RFC3339)
	}
}

// Event reads a [Sample] that can be sent to the stack.
func Event(path string, now time.Time) (map[string]any, error) {
	sample, err := Sample(path, now)
	if err != nil {
		return nil, err
	}
	if runDocument(sample) != nil {
		return nil, fmt.Errorf("%s is a call of the workflow and no event: hand it to a function with sam local invoke, as docs/local.md shows", path)
	}
	sample["account"] = Account // the rules take no other
	return sample, nil
}

// runDocument returns the run document in a sample, or nil where it is an event.
func runDocument(sample map[string]any) map[string]any {
	for _, doc := range []any{sample, sample["plan"], sample["stop"], sample["report"]} {
		if doc, ok := doc.(map[string]any); ok && doc["startedAt"] != nil {
			return doc
		}
	}
	return nil
}

func startNow(doc map[string]any, now time.Time) error {
	startedAt, _ := doc["startedAt"].(string)
	started, err := time.Parse(time.RFC3339, startedAt)
	if err != nil {
		return errors.Join(errors.New("startedAt is no time"), err)
	}
	moveTimes(doc, now.Sub(started))
	return nil
}

// moveTimes moves every time in v: RFC 3339 texts, and Unix seconds.
func moveTimes(v any, by time.Duration) {
	switch v := v.(type) {
	case []any:
		for i, element := range v {
			v[i] = moved(element, by)
			moveTimes(element, by)
		}
	case map[string]any:
		for key, value := range v {
			v[key] = moved(value, by)
			moveTimes(value, by)
		}
	}
}

func moved(value any, by time.Duration) any {
	switch value := value.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return at.Add(by).Format(time.RFC3339)
		}
	case float64:
		if value > 1e9 { // no other number of a document is so large
			return value + by.Seconds()
		}
	}
	return value
}
