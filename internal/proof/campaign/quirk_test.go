package campaign

import (
	"math/rand/v2"
	"strings"
	"time"

	"zenstop/internal/proof/sim"
)

// Codes that no list has: zenstop must take them to be about an instance of the call.
const (
	codeOddStop     = "UNSUPPORTED_OPERATION_MAINTENANCE"
	codeOddDescribe = "UNSUPPORTED_OPERATION_MIGRATING"
	codeOddOnce     = "UNSUPPORTED_OPERATION_TODAY"
)

// quirk makes one instance behave oddly.
type quirk struct {
	name  string
	apply func(in *sim.Instance, c *rand.Rand, timeout time.Duration)
}

// upTo is a time by chance, at least a second.
func upTo(c *rand.Rand, most time.Duration) time.Duration {
	return time.Second + time.Duration(c.Int64N(int64(most)))
}

func pick[T any](c *rand.Rand, from ...T) T { return from[c.IntN(len(from))] }

// quirks are all that an instance may do beyond stopping when asked.
func quirks() []quirk {
	return []quirk{
		{"alreadyStopped", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.Status = sim.StatusStopped }},
		{"alreadyStopping", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.Status = sim.StatusStopping }},
		{"protected", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) {
			in.Tags = map[string]string{groupTag: group, protectTag: ""}
		}},
		{"protectedLater", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.LaterTagsAt, in.LaterTags = upTo(c, min(t, 3*time.Minute)), map[string]string{groupTag: group, protectTag: "yes"}
		}},
		{"recycled", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Status = pick(c, sim.StatusRecycle, sim.StatusRecycling)
		}},
		{"recycledLater", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.RecycledAt, in.RecycledCode = upTo(c, t), pick(c, "", sim.CodeRecycledResource, sim.CodeRecycledResourceOld)
		}},
		{"missing", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.Missing = true }},
		{"appearsLater", func(in *sim.Instance, c *rand.Rand, _ time.Duration) { in.AppearsAt = upTo(c, 90*time.Second) }},
		{"vanishes", func(in *sim.Instance, c *rand.Rand, t time.Duration) { in.VanishesAt = upTo(c, t) }},
		{"neverStops", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.NeverStops = true }},
		{"ignoresStops", func(in *sim.Instance, c *rand.Rand, _ time.Duration) { in.IgnoresStops = 1 + c.IntN(4) }},
		{"restarts", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.RestartsAfter, in.BootTakes = upTo(c, 5*time.Minute), upTo(c, time.Minute)
		}},
		{"startedByOthers", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Status, in.RestartsAfter, in.BootTakes = sim.StatusStopped, upTo(c, 5*time.Minute), upTo(c, time.Minute)
		}},
		{"restartsWhileStopping", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.RestartsAfter, in.BootTakes = upTo(c, 5*time.Minute), upTo(c, time.Minute)
			in.RestartsFromStopping, in.StopTakes = true, in.StopTakes+upTo(c, 5*time.Minute)
		}},
		{"starting", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.Status = pick(c, sim.StatusPending, sim.StatusCreating, sim.StatusInstalling, sim.StatusBooting)
			in.BecomesRunningAfter = upTo(c, t)
		}},
		{"startingForEver", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Status = pick(c, sim.StatusPending, sim.StatusInstalling, sim.StatusBooting)
		}},
		{"creationFailed", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Status = pick(c, sim.StatusCreateFailed, sim.StatusInstallFailed)
		}},
		{"unknownStatus", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.OddStatus, in.OddFrom, in.OddFor = "MAINTENANCE", time.Duration(c.Int64N(int64(t/2))), time.Duration(c.Int64N(int64(t/2)))
		}},
		{"blankStatus", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = pick(c, " ", "\u200b"), pick(c, 1, 2, 3, 1+c.IntN(8))
		}},
		{"glimpseOfRunning", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			// Shorter than the shortest wait between two looks: one answer at most.
			in.OddStatus, in.OddFrom, in.OddFor = sim.StatusRunning, upTo(c, t/2), 4*time.Second
			in.StopTakes += upTo(c, t/2)
		}},
		{"refusesStop", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.RefusesStop = pick(c, codeOddStop, codeOddStop, "OPERATION_DENIED_INSTANCE_LOCKED", sim.CodeParameterValue,
				sim.CodeInstanceNotRunning, sim.CodeInstanceNotFound, sim.CodeInstanceRecycled, sim.CodeRecycledResource)
			in.ExternalStopAt = pick(c, 0, 0, 0, upTo(c, time.Minute))
		}},
		{"refusesDescribe", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.RefusesDescribe = pick(c, codeOddDescribe, codeOddDescribe, sim.CodeParameterPattern, sim.CodeInstanceNotFound)
			in.Status = pick(c, sim.StatusRunning, sim.StatusRunning, sim.StatusStopped)
		}},
		{"absentAnswers", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.AbsentAnswers, in.AbsentFrom = 1+c.IntN(2), pick(c, 1, 1+c.IntN(8))
		}},
		{"lag", func(in *sim.Instance, c *rand.Rand, _ time.Duration) { in.Lag = upTo(c, 90*time.Second) }},
		{"stoppedByOthers", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.ExternalStopAt = upTo(c, min(t, 2*time.Minute))
		}},
	}
}

// doubtfulQuirks are what an answer may say of an instance that is not so, or that
// cannot be read.
func doubtfulQuirks() []quirk {
	return []quirk{
		{"falseStopped", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = sim.StatusStopped, pick(c, 1, 1, 2, 3, 1+c.IntN(8))
		}},
		{"falseRunning", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = sim.StatusRunning, 2+c.IntN(8)
			in.Status = pick(c, "", "", sim.StatusStopped, sim.StatusStopping)
		}},
		{"falseFailure", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = pick(c, sim.StatusRecycle, sim.StatusRecycling, sim.StatusInstallFailed, sim.StatusCreateFailed), pick(c, 1, 1, 1+c.IntN(6))
		}},
		{"unreadable", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Unreadable, in.UnreadableFrom, in.UnreadableAnswers = pick(c, sim.UnreadableForms()...), pick(c, 1, 1, 2, 3), pick(c, 0, 0, 1, 2, 5)
		}},
		{"protectedUnreadably", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Tags = tagged(in.Tags, pick(c, protectSpellings()...), "yes")
			in.Unreadable = pick(c, sim.TagsAsMap, sim.TagsAsMap, sim.TagsOtherwise, sim.TagsWithoutKeys, sim.TagsAsText)
			in.UnreadableAnswers = pick(c, 0, 1, 2, 5)
		}},
		{"untaggedOnce", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.UntaggedRow = pick(c, 1, 1, 2, 3)
			if c.IntN(2) == 0 {
				in.Tags = tagged(in.Tags, protectTag, "yes")
			}
		}},
		{"protectedOtherwise", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Tags = tagged(in.Tags, pick(c, protectSpellings()[1:]...), "")
		}},
		{"stoppingAgain", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.AfterStop, in.AfterStopIn, in.AfterStopFor = sim.StatusStopping, afterStop(c), pick(c, 0, upTo(c, 3*time.Minute))
		}},
		{"oddAfterStop", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.AfterStop, in.AfterStopIn, in.AfterStopFor = "MAINTENANCE", afterStop(c), pick(c, 0, upTo(c, 3*time.Minute))
		}},
		{"recycledAfterStop", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.AfterStop, in.AfterStopIn = sim.StatusRecycle, afterStop(c)
		}},
		{"refusesStopForAWhile", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.RefusesStop = pick(c, codeOddStop, "OPERATION_DENIED_INSTANCE_LOCKED", "OPERATION_DENIED_OPERATION_IN_PROGRESS")
			in.RefusesStopUntil = upTo(c, t*2/3)
		}},
		{"refusesDescribeForAWhile", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.RefusesDescribe, in.RefusesDescribeUntil = codeOddDescribe, upTo(c, t*2/3)
		}},
		{"forgingName", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Name, in.NeverStops = pick(c, forgingNames()...), c.IntN(2) == 0
		}},
	}
}

// protectSpellings are keys of tags that all protect.
func protectSpellings() []string {
	return []string{protectTag, "Zenstop-Protect", "zenstop-protect ", " ZENSTOP-PROTECT", "\tzenstop-Protect", "\u200bzenstop-protect", "zenstop-protect\ufeff"}
}

// afterStop is how long after it was STOPPED an instance changes once more.
func afterStop(c *rand.Rand) time.Duration {
	return pick(c, upTo(c, 10*time.Second), upTo(c, time.Minute), upTo(c, 5*time.Minute))
}

// forged is how a line of a message begins that a name smuggled in.
const forged = "forged"

// forgingNames are names that would be lines of their own in a message, or that take the
// most bytes.
func forgingNames() []string {
	smuggled := forged + "-1  web  STOPPED"
	return []string{
		"a\n" + smuggled, "a\r\n\r\n" + smuggled, "\n" + smuggled, "a\u2028" + smuggled, "a\v" + smuggled + "\f", "a\u0085" + smuggled, "a\x1b[2K\r" + smuggled,
		strings.Repeat("\U0001F5A5", 64), strings.Repeat("\x01", 64), strings.Repeat("<&>", 30),
	}
}
