package audit

import (
	"testing"
	"time"
)

// The input of a part has what it is for in memory.part, and nothing else in its memory.
func TestAPartHadToWarnAsLongBeforeAsItsRun(t *testing.T) {
	run, child := &court{}, &court{}
	run.input.Memory.Warn, child.input.Memory.Part = 600, &part{Warn: 600}
	if run.warns() != 10*time.Minute || child.warns() != 10*time.Minute {
		t.Errorf("the run %s, the part %s", run.warns(), child.warns())
	}
}
