package text_test

import (
	"strings"
	"testing"

	"zenstop/internal/text"
)

func TestTheNameThatWasLikelyMeantIsFound(t *testing.T) {
	known := []string{"target", "reason", "dryRun", "maxInstances", "timeoutMinutes", "tagKeys", "tags", "key"}
	cases := map[string]struct{ name, want string }{
		"the name itself":                          {"reason", "reason"},
		"another case":                             {"DRYRUN", "dryRun"},
		"a letter too many":                        {"dryRunn", "dryRun"},
		"two letters too many":                     {"dryRunnn", "dryRun"},
		"three letters too many":                   {"dryRunnnn", ""},
		"a letter too few":                         {"maxInstance", "maxInstances"},
		"two letters too few":                      {"maxInstanc", "maxInstances"},
		"three letters too few":                    {"maxInstan", ""},
		"two letters swapped":                      {"dyrRun", "dryRun"},
		"two letters too many in front":            {"xytags", "tags"},
		"two too many in front, one wrong":         {"xyrags", ""},
		"snake case":                               {"dry_run", "dryRun"},
		"one of three letters wrong":               {"kay", "key"},
		"two of three letters wrong":               {"kid", ""},
		"nothing alike":                            {"xyz", ""},
		"no name":                                  {"", ""},
		"a name of a megabyte":                     {strings.Repeat("k", 1<<20), ""},
		"the nearest of several, which comes last": {"tagz", "tags"},
	}
	for name, c := range cases {
		if got := text.Closest(c.name, known); got != c.want {
			t.Errorf("%s: Closest(%.40q) = %q, want %q", name, c.name, got, c.want)
		}
	}
}

func TestTheFirstOfEquallyNearNamesIsSuggested(t *testing.T) {
	if got := text.Closest("tagz", []string{"tags", "tagg"}); got != "tags" {
		t.Errorf("Closest = %q, want tags", got)
	}
}
