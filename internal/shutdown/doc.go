// Package shutdown is the domain of zenstop: what was asked for, the plan, the
// run document, the verdict of each instance, and when to look next. It knows
// no AWS and no HTTP. It asks Zenlayer through [API] and keeps nothing between
// two calls but the run document.
//
// A document enters by [Decode], is carried on by one of the three calls
// [Runner.Plan], [Runner.Stop] and [Runner.Check], and leaves by settle, which
// says where the run stands. Every rule that leads to a verdict or to a repeated
// stop is in instance.go. Only a check ends a run that was planned.
package shutdown
