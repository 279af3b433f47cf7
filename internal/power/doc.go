// Package power has the rules of one instance: what an answer of Zenlayer means for its
// verdict, when it is asked to stop or to start, and which tags spare it. They are pure: they ask
// nobody, know no clock but the time that they are given, and nothing of the run.
//
// An [Action], a stop or a start, is a value that all rules take. An [Instance] is what a run
// knows of one instance. A [Sighting] is what one answer says
// of it, and [Instance.Observe] takes it in: the tags in tags.go, what must come several
// times to be believed in doubt.go, the verdicts in sighting.go. What came of a request is
// in attempt.go, and [Instance.DueAt] says when the next one may be made.
package power
