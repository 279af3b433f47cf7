package trigger_test

import (
	"strings"
	"testing"

	"zenstop/internal/trigger"
)

func TestAValueAtItsLimitIsAccepted(t *testing.T) {
	const ids = `{"target":{"instanceIds":["a"]}`
	filter := func(f string) string { return `{"target":{"filter":{` + f + `}}}` }
	repeat := func(item string, n int) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	for name, detail := range map[string]string{
		"a reason of 256 characters":          ids + `,"reason":"` + strings.Repeat("é", 256) + `"}`,
		"maxInstances 1":                      ids + `,"maxInstances":1}`,
		"timeoutMinutes 1":                    ids + `,"timeoutMinutes":1}`,
		"timeoutMinutes 720":                  ids + `,"timeoutMinutes":720}`,
		"warnMinutes 0":                       ids + `,"warnMinutes":0}`,
		"warnMinutes 240":                     ids + `,"warnMinutes":240}`,
		"an id of 64 characters":              `{"target":{"instanceIds":["` + strings.Repeat("a", 64) + `"]}}`,
		"a filter field of 128 characters":    filter(`"zoneId":"` + strings.Repeat("é", 128) + `"`),
		"20 tag keys of 128 characters":       filter(`"tagKeys":[` + repeat(`"`+strings.Repeat("é", 128)+`"`, 20) + `]`),
		"20 tags with values of 256":          filter(`"tags":[` + repeat(`{"key":"k","value":"`+strings.Repeat("é", 256)+`"}`, 20) + `]`),
		"an event of 1 MiB with white space":  strings.Repeat(" ", 1<<20-len(request(ids+`}`))) + ids + `}`,
		"a pattern that is not of stars only": filter(`"instanceName":"a*"`),
	} {
		if ev := trigger.Decode(request(detail), stack(), now); ev.Objection != "" {
			t.Errorf("%s: objection %q", name, ev.Objection)
		}
	}
}
