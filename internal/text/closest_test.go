package text_test

import (
	"strings"
	"testing"

	"zenstop/internal/text"
)

func TestTheNameThatWasLikelyMeantIsFound(t *testing.T) {
	known := []string{"target", "reason", "dryRun", "maxInstances", "timeoutMinutes", "tagKeys", "tags", "key"}
	cases := map[string]string{
		"dryrun": "dryRun", "DRYRUN": "dryRun", "dryRunn": "dryRun", "dyrRun": "dryRun", "dry_run": "dryRun",
		"maxInstance": "maxInstances", "timeoutMins": "", "tag": "tags", "tagkey": "tagKeys", "keys": "key",
		"xyz": "", "": "", "ids": "", strings.Repeat("k", 1<<20): "",
	}
	for name, want := range cases {
		if got := text.Closest(name, known); got != want {
			t.Errorf("Closest(%.40q) = %q, want %q", name, got, want)
		}
	}
}

func TestTheNearestOfSeveralWins(t *testing.T) {
	if got := text.Closest("tagz", []string{"tagKey", "tags"}); got != "tags" {
		t.Errorf("got %q, want tags", got)
	}
}
