// Package hostile holds requests that must be refused, for the tests of the
// decoder and the end-to-end tests.
package hostile

import (
	"fmt"
	"strings"
)

// Case is one bad detail of a `Stop Instances Requested` event.
type Case struct {
	Name   string
	Detail string // JSON
	Want   string // part of the message: the field and the rule
}

// Details lists the bad ones. Each is JSON that EventBridge takes.
func Details() []Case {
	target := func(t string) string { return `{"target":` + t + `}` }
	with := func(fields string) string { return `{"target":{"instanceIds":["hostile-0001"]},` + fields + `}` }
	many := `"x-` + strings.Join(seq(10_000), `","x-`) + `"`
	return []Case{
		{"no target", `{}`, "detail.target: is required"},
		{"misspelt field", with(`"dryrun":true`), `detail.dryrun: unknown field; did you mean "dryRun"?`},
		{"unknown field", with(`"force":true`), "detail.force: unknown field"},
		{"unknown field in the target", target(`{"instanceIDs":["a"]}`), `detail.target.instanceIDs: unknown field; did you mean "instanceIds"?`},
		{"unknown field in the filter", target(`{"filter":{"zone":"HKG-A"}}`), "detail.target.filter.zone: unknown field"},
		{"target of another type", target(`"all"`), "detail.target: is a string, must be an object"},
		{"ids of another type", target(`{"instanceIds":"a"}`), "detail.target.instanceIds: is a string, must be an array"},
		{"an id that is a number", target(`{"instanceIds":["a",7]}`), "detail.target.instanceIds[1]: is a number, must be a string"},
		{"dryRun as text", with(`"dryRun":"true"`), "detail.dryRun: is a string, must be true or false"},
		{"target null", target(`null`), "detail.target: is null"},
		{"an id null", target(`{"instanceIds":[null]}`), "detail.target.instanceIds[0]: is null"},
		{"dryRun null", with(`"dryRun":null`), "detail.dryRun: is null"},
		{"neither kind of target", target(`{}`), "must have exactly one of"},
		{"both kinds of target", target(`{"instanceIds":["a"],"filter":{"zoneId":"A"}}`), "must have exactly one of"},
		{"no ids", target(`{"instanceIds":[]}`), "detail.target.instanceIds: has 0 ids, must have 1 to 3000"},
		{"10,000 ids", target(`{"instanceIds":[` + many + `]}`), "detail.target.instanceIds: has 10000 ids, must have 1 to 3000"},
		{"empty id", target(`{"instanceIds":["a",""]}`), `detail.target.instanceIds[1]: "" is no instance id`},
		{"id with spaces", target(`{"instanceIds":["a b"]}`), `detail.target.instanceIds[0]: "a b" is no instance id`},
		{"id with control characters", target(`{"instanceIds":["a\u0000\n"]}`), "detail.target.instanceIds[0]:"},
		{"id in unicode", target(`{"instanceIds":["机器-1"]}`), "detail.target.instanceIds[0]:"},
		{"id of 100 kB", target(`{"instanceIds":["` + strings.Repeat("a", 100_000) + `"]}`), "detail.target.instanceIds[0]:"},
		{"empty filter", target(`{"filter":{}}`), "detail.target.filter: must have at least one field"},
		{"empty text in the filter", target(`{"filter":{"zoneId":""}}`), "detail.target.filter.zoneId: must not be empty"},
		{"filter of everything", target(`{"filter":{"instanceName":"*"}}`), `detail.target.filter.instanceName: "*" would match the whole account`},
		{"tag without key", target(`{"filter":{"tags":[{"value":"x"}]}}`), "detail.target.filter.tags[0].key: is missing"},
		{"tag with an empty key", target(`{"filter":{"tags":[{"key":"","value":"x"}]}}`), "detail.target.filter.tags[0].key: must not be empty"},
		{"empty tag key", target(`{"filter":{"tagKeys":["a",""]}}`), "detail.target.filter.tagKeys[1]: must not be empty"},
		{"21 tag keys", target(`{"filter":{"tagKeys":["` + strings.Join(seq(21), `","`) + `"]}}`), "detail.target.filter.tagKeys: has 21 entries, must have 1 to 20"},
		{"negative maxInstances", with(`"maxInstances":-1`), "detail.maxInstances: is -1, must be 1 or more"},
		{"maxInstances 0", with(`"maxInstances":0`), "detail.maxInstances: is 0, must be 1 or more"},
		{"a fraction", with(`"maxInstances":1.5`), "detail.maxInstances: is 1.5, must be a whole number"},
		{"a huge number", with(`"maxInstances":1e99`), "detail.maxInstances: is 1e"},
		{"timeoutMinutes 0", with(`"timeoutMinutes":0`), "detail.timeoutMinutes: is 0, must be 1 to 720"},
		{"timeoutMinutes 721", with(`"timeoutMinutes":721`), "detail.timeoutMinutes: is 721, must be 1 to 720"},
		{"a long reason", with(`"reason":"` + strings.Repeat("é", 257) + `"`), "detail.reason: has 257 characters, must have at most 256"},
		{"deep nesting", target(strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000)), "detail.target"},
	}
}

func seq(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%05d", i)
	}
	return all
}
