// Package runs carries a run out: what was asked for, the plan, the run document, when to
// look next, and the report. It knows no AWS and no HTTP. It asks Zenlayer through [API]
// and keeps nothing between two calls but the run document. What is to become of one
// instance, package power decides.
//
// A document enters by [Decode] and is carried on by one of the three calls
// [Runner.Plan], [Runner.Stop] and [Runner.Check]. Each of them ends in Run.leave, which
// counts, says what comes next and fits the document into one payload; nothing changes the
// document after that. [Runner.Report] ends a run, whether a check has decided it or not.
// Only a check ends a planned run that can still ask.
package runs
