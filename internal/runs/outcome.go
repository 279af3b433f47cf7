package runs

// Outcome is what a run has come to as a whole.
type Outcome string

// The outcomes, as the contract defines them.
const (
	OutcomeWaiting Outcome = "WAITING" // some verdict is open
	OutcomeStopped Outcome = "STOPPED" // every verdict is good
	OutcomeStarted Outcome = "STARTED" // of a start: every verdict is good
	OutcomePlanned Outcome = "PLANNED" // a dry run
	OutcomeSkipped Outcome = "SKIPPED" // the schedule's date is one of SkipDates
	OutcomeFailed  Outcome = "FAILED"  // a verdict is not good
	OutcomeRefused Outcome = "REFUSED" // a guard or a bad event; nothing was asked for
)

// Good reports whether an execution with this outcome succeeds.
func (o Outcome) Good() bool {
	return o == OutcomeStopped || o == OutcomeStarted || o == OutcomePlanned || o == OutcomeSkipped
}

// acted reports whether a run with this outcome may have asked for something, or looked who is
// off: neither a guard nor the event decided it.
func (o Outcome) acted() bool {
	return o == OutcomeStopped || o == OutcomeStarted || o == OutcomeFailed
}

func (o Outcome) known() bool {
	return o.Good() || o == OutcomeWaiting || o == OutcomeFailed || o == OutcomeRefused
}
