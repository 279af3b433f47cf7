package hostile

import "strings"

// shapes are details with a wrong structure: a wrong type, a null, a missing field,
// an unknown field.
func shapes() []Detail {
	return []Detail{
		{"no target", `{}`, "detail.target", "is required"},
		{"target null", target(`null`), "detail.target", "is null"},
		{"target of another type", target(`"all"`), "detail.target", "is a string, must be an object"},
		{"neither kind of target", target(`{}`), "detail.target", "has neither instanceIds nor filter, must have exactly one of them"},
		{"both kinds of target", target(`{"instanceIds":["a"],"filter":{"zoneId":"A"}}`), "detail.target", "has both instanceIds and filter, must have exactly one of them"},
		{"both kinds, one null", target(`{"instanceIds":["a"],"filter":null}`), "detail.target.filter", "is null"},
		{"misspelt dryRun", with(`"dryrun":true`), "detail.dryrun", "unknown field; the fields are target, reason, dryRun, checkOnly, "},
		{"unknown field", with(`"force":true`), "detail.force", "unknown field; the fields are target, reason, dryRun, checkOnly, maxInstances, timeoutMinutes, warnMinutes"},
		{"unknown field in unicode", with(`"dry\u0000Run\u202e":true`), `detail["dry\x00Run\u202e"]`, "unknown field"},
		{"a field's name of 100 kB", with(`"` + strings.Repeat("n", 100_000) + `":true`), "detail[\"nnn", "unknown field"},
		{"unknown field in the target", target(`{"instanceIDs":["a"]}`), "detail.target.instanceIDs", "unknown field; the fields are instanceIds, filter"},
		{"unknown field in the filter", target(`{"filter":{"zone":"HKG-A"}}`), "detail.target.filter.zone", "unknown field; the fields are zoneId, resourceGroupId, instanceName, hostname, tagKeys, tags"},
		{"unknown field in a tag", target(`{"filter":{"tags":[{"Key":"a","value":"b"}]}}`), "detail.target.filter.tags[0].Key", "unknown field; the fields are key, value"},
		{"deep nesting", target(strings.Repeat(`[`, 500) + strings.Repeat(`]`, 500)), "detail.target", "is an array, must be an object"},
		{"a null deep down", target(strings.Repeat(`{"a":`, 500) + `null` + strings.Repeat(`}`, 500)), "detail.target.a.a.a", "is null"},
	}
}

// fields are details with a wrong value in a field beside the target.
func fields() []Detail {
	return []Detail{
		{"dryRun as text", with(`"dryRun":"true"`), "detail.dryRun", "is a string, must be true or false"},
		{"dryRun null", with(`"dryRun":null`), "detail.dryRun", "is null"},
		{"dryRun 1", with(`"dryRun":1`), "detail.dryRun", "is a number, must be true or false"},
		{"a reason that is none", with(`"reason":["x"]`), "detail.reason", "is an array, must be a string"},
		{"a long reason", with(`"reason":"` + strings.Repeat("é", 257) + `"`), "detail.reason", "has 257 characters, must have at most 256"},
		{"negative maxInstances", with(`"maxInstances":-1`), "detail.maxInstances", "is -1, must be 1 or more"},
		{"maxInstances 0", with(`"maxInstances":0`), "detail.maxInstances", "is 0, must be 1 or more"},
		{"maxInstances as text", with(`"maxInstances":"5"`), "detail.maxInstances", "is a string, must be a whole number"},
		{"a fraction", with(`"maxInstances":1.5`), "detail.maxInstances", "is 1.5, must be a whole number"},
		{"a huge number", with(`"maxInstances":1e99`), "detail.maxInstances", "must be a whole number"},
		{"timeoutMinutes 0", with(`"timeoutMinutes":0`), "detail.timeoutMinutes", "is 0, must be 1 to 720"},
		{"timeoutMinutes 721", with(`"timeoutMinutes":721`), "detail.timeoutMinutes", "is 721, must be 1 to 720"},
		{"negative timeoutMinutes", with(`"timeoutMinutes":-30`), "detail.timeoutMinutes", "is -30, must be 1 to 720"},
		{"warnMinutes -1", with(`"warnMinutes":-1`), "detail.warnMinutes", "is -1, must be 0 to 240"},
		{"warnMinutes 241", with(`"warnMinutes":241`), "detail.warnMinutes", "is 241, must be 0 to 240"},
		{"a check that is a dry run", with(`"dryRun":true,"checkOnly":true`), "detail.checkOnly", "cannot be true together with detail.dryRun"},
		{"a start that is no time", with(`"startAt":"tomorrow"`), "detail.startAt", `"tomorrow" must be a time as in RFC 3339 with an offset`},
		{"a start without an offset", with(`"startAt":"2026-11-23T07:00:00"`), "detail.startAt", "must be a time as in RFC 3339 with an offset"},
		{"a start in the past", with(`"startAt":"2020-01-01T00:00:00Z"`), "detail.startAt", "must be later than the event, and at most 100 days later"},
		{"a start in a far future", with(`"startAt":"2100-01-01T00:00:00Z"`), "detail.startAt", "must be later than the event, and at most 100 days later"},
		{"a start as a number", with(`"startAt":7`), "detail.startAt", "is a number, must be a string"},
		{"a start of a check", with(`"checkOnly":true,"startTime":"07:00"`), "detail.checkOnly", "cannot be true together with detail.startAt, detail.startTime or detail.startDays"},
		{"two starts", with(`"startAt":"2026-11-23T07:00:00Z","startTime":"07:00"`), "detail.startAt", "cannot be given together with detail.startTime or detail.startDays"},
		{"days of no start", with(`"startDays":"MON"`), "detail.startDays", "needs detail.startTime"},
		{"a time of the day that is none", with(`"startTime":"7:00"`), "detail.startTime", `"7:00" must be a time of the day such as 07:00`},
		{"days that are none", with(`"startTime":"07:00","startDays":"Monday"`), "detail.startDays", `"Monday" must be days of the week such as MON,TUE, in 60 characters at most`},
		{"no days", with(`"startTime":"07:00","startDays":""`), "detail.startDays", "must be days of the week such as MON,TUE, in 60 characters at most"},
		{"half a minute", with(`"timeoutMinutes":0.5`), "detail.timeoutMinutes", "is 0.5, must be a whole number"},
	}
}

// ids are details with a wrong list of ids.
func ids() []Detail {
	const rule = "is not an instance id, which has 1 to 64 letters, digits, - and _"
	const first = "detail.target.instanceIds[0]"
	one := func(id string) string { return target(`{"instanceIds":["` + id + `"]}`) }
	return []Detail{
		{"no ids", target(`{"instanceIds":[]}`), "detail.target.instanceIds", "has 0 ids, must have 1 or more"},
		{
			"more ids than a run has room for", target(`{"instanceIds":` + list(10_500, 18) + `}`), "detail.target.instanceIds",
			"has 10500 ids that take 248100 bytes, a run has room for 240000",
		},
		{"ids of another type", target(`{"instanceIds":"a"}`), "detail.target.instanceIds", "is a string, must be an array"},
		{"an id that is a number", target(`{"instanceIds":["a",7]}`), "detail.target.instanceIds[1]", "is a number, must be a string"},
		{"an id that is an object", target(`{"instanceIds":[{"id":"a"}]}`), first, "is an object, must be a string"},
		{"an id null", target(`{"instanceIds":["a",null]}`), "detail.target.instanceIds[1]", "is null"},
		{"empty id", target(`{"instanceIds":["a",""]}`), "detail.target.instanceIds[1]", `"" ` + rule},
		{"id with spaces", one("a b"), first, `"a b" ` + rule},
		{"id with control characters", one(`a\u0000\nb`), first, `"a\x00\nb" ` + rule},
		{"id in unicode", one("机器-1"), first, `"机器-1" ` + rule},
		{"id that looks like another", one(`bmc\u200b-1`), first, `"bmc\u200b-1" ` + rule},
		{"id of 65 characters", one(strings.Repeat("a", 65)), first, rule},
		{"id of 100 kB", one(strings.Repeat("a", 100_000)), first, `"` + strings.Repeat("a", 39) + `…" ` + rule},
		{"an id that is JSON", one(`\"],\"dryRun\":true,\"x\":[\"`), first, rule},
	}
}

// filters are details with a wrong filter.
func filters() []Detail {
	const at = "detail.target.filter"
	filter := func(f string) string { return target(`{"filter":` + f + `}`) }
	return []Detail{
		{"empty filter", filter(`{}`), at, "must have at least one field; without any it matches the whole account"},
		{"filter of another type", filter(`["a"]`), at, "is an array, must be an object"},
		{"empty text in the filter", filter(`{"zoneId":""}`), at + ".zoneId", "must not be empty"},
		{"blank text in the filter", filter(`{"tagKeys":["a"],"resourceGroupId":"  "}`), at + ".resourceGroupId", "must not be empty"},
		{"filter of every name", filter(`{"instanceName":"*"}`), at + ".instanceName", `"*" would match the whole account`},
		{"filter of every host", filter(`{"hostname":"**"}`), at + ".hostname", `"**" would match the whole account`},
		{"control characters in the filter", filter(`{"zoneId":"HKG\u0000A"}`), at + ".zoneId", `"HKG\x00A" has characters that do not print`},
		{"a long text in the filter", filter(`{"zoneId":"` + strings.Repeat("z", 129) + `"}`), at + ".zoneId", "has 129 characters, must have at most 128"},
		{"no tag keys", filter(`{"zoneId":"A","tagKeys":[]}`), at + ".tagKeys", "has 0 entries, must have 1 to 20"},
		{"21 tag keys", filter(`{"tagKeys":` + list(21, 1) + `}`), at + ".tagKeys", "has 21 entries, must have 1 to 20"},
		{"empty tag key", filter(`{"tagKeys":["a",""]}`), at + ".tagKeys[1]", "must not be empty"},
		{"a tag key that is a number", filter(`{"tagKeys":[1]}`), at + ".tagKeys[0]", "is a number, must be a string"},
		{"no tags", filter(`{"zoneId":"A","tags":[]}`), at + ".tags", "has 0 entries, must have 1 to 20"},
		{"21 tags", filter(`{"tags":[` + strings.Repeat(`{"key":"k","value":"v"},`, 20) + `{"key":"k","value":"v"}]}`), at + ".tags", "has 21 entries, must have 1 to 20"},
		{"tag without key", filter(`{"tags":[{"value":"x"}]}`), at + ".tags[0].key", "is missing"},
		{"tag with an empty key", filter(`{"tags":[{"key":"","value":"x"}]}`), at + ".tags[0].key", "must not be empty"},
		{"tag without value", filter(`{"tags":[{"key":"power"}]}`), at + ".tags[0].value", "is missing"},
		{"a long tag value", filter(`{"tags":[{"key":"k","value":"` + strings.Repeat("v", 257) + `"}]}`), at + ".tags[0].value", "has 257 characters, must have at most 256"},
		{"a tag as text", filter(`{"tags":["k=v"]}`), at + ".tags[0]", "is a string, must be an object"},
	}
}
