package statemachine

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// CloudFormation takes 2.5 for a Number, and with such a limit no function would start. So these
// parameters are texts, and a pattern holds them to their range.
func TestEachNumberAmongTheSettingsIsAWholeNumberOfItsRange(t *testing.T) {
	tpl, checked := loadTemplate(t), 0
	for name, p := range tpl.Parameters {
		var low, high int
		if _, err := fmt.Sscanf(p.ConstraintDescription, "a whole number from %d to %d", &low, &high); err != nil {
			continue
		}
		checked++
		pattern := regexp.MustCompile(p.AllowedPattern)
		for n := range high + 1200 {
			if got, want := pattern.MatchString(fmt.Sprint(n)), n >= low && n <= high; got != want {
				t.Errorf("%s %d: accepted %v, want %v", name, n, got, want)
			}
		}
		for _, bad := range []string{"", "2.5", "30.0", "1e2", "-1", "+1", "01", " 1", "1\n", "x"} {
			if pattern.MatchString(bad) {
				t.Errorf("%s may be %q", name, bad)
			}
		}
	}
	for name, p := range tpl.Parameters {
		if p.Type == "Number" && !strings.HasPrefix(name, "LogRetention") {
			t.Errorf("%s is a Number, and may have a fraction", name)
		}
	}
	if checked != 5 {
		t.Errorf("%d numbers", checked)
	}
}

// What tells of a dead run twice must leave out the same errors.
func TestTheLogFilterLeavesOutTheErrorsThatTheRuleLeavesOut(t *testing.T) {
	tpl := loadTemplate(t)
	pattern := tpl.Resources["RunDiedFilter"].Properties.FilterPattern
	left := tpl.Resources["RunDied"].Properties.EventPattern.Detail.Error[0]["anything-but"]
	if n := strings.Count(pattern, "$.details.error != "); n != len(left) || !strings.Contains(pattern, `$.type = "ExecutionFailed"`) {
		t.Errorf("%s leaves out %d errors, the rule %v", pattern, n, left)
	}
	for _, name := range left {
		if !strings.Contains(pattern, fmt.Sprintf("$.details.error != %q", name)) {
			t.Errorf("%s does not leave out %s", pattern, name)
		}
	}
}
