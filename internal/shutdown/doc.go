// Package shutdown is the domain of zenstop: what was asked for, the plan, the
// run document, the verdict of each instance, and when to look next. It knows
// no AWS and no HTTP. It asks Zenlayer through [API] and keeps nothing between
// two calls but the run document.
//
// A document enters by [Decode] and is carried on by one of the three calls
// [Runner.Plan], [Runner.Stop] and [Runner.Check]. What an answer means for a verdict
// is in sighting.go and doubt.go, and when a stop is asked for in attempt.go. Only a
// check ends a run that was planned.
package shutdown
