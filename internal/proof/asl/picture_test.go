package asl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThePictureHasEveryStateAndTransition(t *testing.T) {
	m := parse(t, "Begin", `
		"Begin": {"Type": "Pass", "Next": "Ready?"},
		"Ready?": {"Type": "Choice", "Default": "Rest", "Choices": [
			{"Comment": "yes", "Condition": "{% $states.input %}", "Next": "Go"}, {"Condition": "{% \"a\" = 'b' %}", "Next": "All"}]},
		"Rest": {"Type": "Wait", "Seconds": 1, "Next": "Ready?"},
		"Go": {"Type": "Task", "Resource": "x", "Arguments": {}, "Next": "Done", "Catch": [
			{"ErrorEquals": ["A"], "Next": "Done"}, {"ErrorEquals": ["B"], "Next": "Rest"}, {"ErrorEquals": ["States.ALL"], "Next": "Lost"}]},
		"All": {"Type": "Map", "Items": [], "Next": "Done", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}},
		"Done": {"Type": "Succeed"}, "Lost": {"Type": "Fail"}`)
	want := `flowchart TD
    Begin("Begin")
    Ready{"Ready?"}
    Go["Go"]
    All[["All: One for each"]]
    Rest("Rest")
    Done(["Done"])
    Lost(["Lost"])
    Begin --> Ready
    Ready -- "yes" --> Go
    Ready -- "'a' = 'b'" --> All
    Ready -- otherwise --> Rest
    Go --> Done
    Go -. fails for good .-> Rest
    Go -. fails .-> Lost
    All --> Done
    Rest --> Ready
`
	if diff := cmp.Diff(want, m.Mermaid()); diff != "" {
		t.Error(diff)
	}
}
