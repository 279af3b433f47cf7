package campaign

// fault is a kind of failure that a campaign injects, or an edge that it covers.
type fault string

// The answers of Zenlayer that go wrong. The names of the first ten are the simulator's.
const (
	throttle    fault = "throttle"
	unavailable fault = "unavailable"
	challenge   fault = "challenge"
	timeOut     fault = "timeOut"
	lostAnswer  fault = "lostAnswer"
	noResponse  fault = "noResponse"
	cutBody     fault = "cutBody"
	shortPage   fault = "shortPage"
	notTheAPI   fault = "notTheAPI"
	wrongCount  fault = "wrongCount"

	retryAfter       fault = "retryAfter"       // an answer with the header Retry-After
	oddRefusal       fault = "oddRefusal"       // a call is refused once with a code that no list has, and the next time it is not
	noPermission     fault = "noPermission"     // every call is refused for good
	oddStopCode      fault = "oddStopCode"      // an instance that StopInstances refuses with a code that no list has
	oddDescribeCode  fault = "oddDescribeCode"  // an instance that DescribeInstances refuses with such a code
	unknownZone      fault = "unknownZone"      // the filter names a zone that does not exist
	severalPages     fault = "severalPages"     // a listing has more than one page
	listingChanges   fault = "listingChanges"   // an instance appears or vanishes while its pages are read
	unreachable      fault = "unreachable"      // no connection to Zenlayer
	unreachableAtEnd fault = "unreachableAtEnd" // the same after the deadline
	unavailableAtEnd fault = "unavailableAtEnd" // unavailable after the deadline
)

// What goes wrong on AWS.
const (
	lambdaThrottled      fault = "lambdaThrottled"      // a function cannot be called
	lambdaThrottledAtEnd fault = "lambdaThrottledAtEnd" // the same after the deadline
	secretsDown          fault = "secretsDown"          // Secrets Manager fails
	secretsDownAtEnd     fault = "secretsDownAtEnd"     // the same after the deadline
	secretRotated        fault = "secretRotated"
	revoked              fault = "revoked"          // the credentials end for good
	crash                fault = "crash"            // the process ends before or after one of its calls
	lostResult           fault = "lostResult"       // what a function returned is lost
	startThrottled       fault = "startThrottled"   // StartExecution fails
	partDied             fault = "partDied"         // the child execution of a part is aborted
	noticeFails          fault = "noticeFails"      // CloudWatch, SNS or EventBridge fails
	slowNotice           fault = "slowNotice"       // SNS takes its time, or more than the workflow waits for
	nobodySubscribed     fault = "nobodySubscribed" // the topic would give a warning to nobody

	deliveredAgain   fault = "deliveredAgain"   // the same event, while the execution runs
	stopCrossesEnd   fault = "stopCrossesEnd"   // a stop round that begins before the deadline and ends after it
	documentDirectly fault = "documentDirectly" // somebody sends a run document to StopFunction
	warningSent      fault = "warningSent"      // the run tells of its stops
	latecomer        fault = "latecomer"        // a filter matches an instance only since the warning
	tagsChange       fault = "tagsChange"       // the tags of an instance change
	cameBack         fault = "cameBack"         // the execution comes back to kept instances
	startsAgain      fault = "startsAgain"      // the execution starts again what another one has stopped
	rivalRun         fault = "rivalRun"         // another run stops or starts some of the same instances
)

// Stories that are drawn as a whole: see edge.go.
const (
	sharesOfZero     fault = "sharesOfZero"     // a limit that the plan uses up, and tags that vanish between the plan and the first look
	keepsAbreast     fault = "keepsAbreast"     // keeps that end one after the other, while the run is busy with another machine
	longOutage       fault = "longOutage"       // nothing can be asked for hours, and the deadline is hours away
	lateWarning      fault = "lateWarning"      // the message that tells of the stops comes late
	crowdedRun       fault = "crowdedRun"       // the most instances and the longest ids that one execution has room for
	changesAfterStop fault = "changesAfterStop" // the status of a machine that was STOPPED changes while the run goes on
)

// faults lists every fault in the order of the table.
func faults() []fault {
	return []fault{
		throttle, unavailable, unavailableAtEnd, challenge, timeOut, lostAnswer, noResponse, cutBody, shortPage, notTheAPI, wrongCount, retryAfter, oddRefusal, noPermission,
		oddStopCode, oddDescribeCode, unknownZone, severalPages, listingChanges, unreachable, unreachableAtEnd,
		lambdaThrottled, lambdaThrottledAtEnd, secretsDown, secretsDownAtEnd, secretRotated, revoked, crash, lostResult, startThrottled, partDied, noticeFails, slowNotice, nobodySubscribed,
		deliveredAgain, stopCrossesEnd, documentDirectly, warningSent, latecomer, tagsChange, cameBack, startsAgain, rivalRun,
		sharesOfZero, keepsAbreast, longOutage, lateWarning, crowdedRun, changesAfterStop,
	}
}

// atEnd is the fault's name after the deadline of the run, for those that have one.
func (f fault) atEnd() (late fault, ok bool) {
	switch f {
	case unavailable, unreachable, lambdaThrottled, secretsDown:
		return f + "AtEnd", true
	default:
		return f, false
	}
}
