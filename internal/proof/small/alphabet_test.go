package small

import (
	"net/http"
	"time"

	"zenstop/internal/zenlayer"
)

// sort is what an answer says of an instance.
type sort int

const (
	shown      sort = iota // a row with a status
	unreadable             // a row that cannot be read
	absent                 // no row, in a complete answer
	rejected               // an error that is about the instance, and may pass
	malformed              // an error that is about the id itself
	silent                 // nothing: the call failed, or the answer does not add up
	fatal                  // an error after which nothing can be asked any more
)

// tag is what the tags of a row say.
type tag int

const (
	untagged tag = iota
	protected
	kept // until keptFor after the start
)

const keptFor = 90 * time.Second

// answer is a letter of the alphabet of DescribeInstances, for one instance.
type answer struct {
	name   string
	sort   sort
	status string
	tag    tag
	err    error
}

func coded(status int, code string) error {
	return &zenlayer.APIError{Action: "DescribeInstances", Status: status, Code: code}
}

// statuses are those that an instance may have. One stands for those that mean the same to the
// contract: BOOTING for INSTALLING, CREATING and PENDING.
var statuses = []string{"RUNNING", "STOPPING", "STOPPED", "BOOTING", "RECYCLE", "INSTALL_FAILED", "MAINTENANCE"}

// answers are all that DescribeInstances may say of an instance.
func answers() []answer {
	var all []answer
	for _, status := range statuses {
		all = append(all, answer{name: status, status: status})
	}
	return append(all,
		answer{name: "RUNNING, protected", status: "RUNNING", tag: protected},
		answer{name: "STOPPED, protected", status: "STOPPED", tag: protected},
		answer{name: "RUNNING, kept", status: "RUNNING", tag: kept},
		answer{name: "STOPPED, kept", status: "STOPPED", tag: kept},
		answer{name: "RUNNING, tags unreadable", sort: unreadable, status: "RUNNING"},
		answer{name: "STOPPED, tags unreadable", sort: unreadable, status: "STOPPED"},
		answer{name: "unreadable", sort: unreadable},
		answer{name: "absent", sort: absent},
		answer{name: "not found", sort: absent, err: coded(http.StatusNotFound, "INVALID_INSTANCE_NOT_FOUND")},
		answer{name: "rejected", sort: rejected, err: coded(http.StatusBadRequest, "UNSUPPORTED_OPERATION_MIGRATING")},
		answer{name: "id malformed", sort: malformed, err: coded(http.StatusBadRequest, "INVALID_PARAMETER_PATTERN_ERROR")},
		answer{name: "does not add up", sort: silent},
		answer{name: "throttled", sort: silent, err: coded(http.StatusTooManyRequests, "REQUEST_LIMIT_EXCEEDED")},
		answer{name: "not the API", sort: silent, err: coded(http.StatusNotFound, "")},
		answer{name: "credentials rejected", sort: fatal, err: coded(http.StatusUnauthorized, "AUTHFAILURE_SIGNATURE_FAILURE")},
		answer{name: "no permission", sort: fatal, err: coded(http.StatusForbidden, "AUTHFAILURE_UNAUTHORIZED_OPERATION")},
	)
}

// reply is a letter of the alphabet of StopInstances and StartInstances.
type reply struct {
	name  string
	err   error
	lands bool // it may have had an effect
	takes bool // Zenlayer has accepted it
}

func replies() []reply {
	return []reply{
		{name: "accepted", lands: true, takes: true},
		{name: "no answer", lands: true, err: coded(http.StatusBadGateway, "")},
		{name: "not in that status", err: coded(http.StatusForbidden, "OPERATION_DENIED_INSTANCE_NOT_RUNNING")},
		{name: "rejected", err: coded(http.StatusBadRequest, "UNSUPPORTED_OPERATION_LOCKED")},
		{name: "id malformed", err: coded(http.StatusBadRequest, "INVALID_PARAMETER_PATTERN_ERROR")},
		{name: "throttled", err: coded(http.StatusTooManyRequests, "REQUEST_LIMIT_EXCEEDED")},
		{name: "credentials rejected", err: coded(http.StatusUnauthorized, "AUTHFAILURE_SIGNATURE_FAILURE")},
	}
}

// outcome is a letter of what may become of a call of a function.
type outcome int

const (
	returns   outcome = iota
	lost              // it was carried out, and nobody heard of it
	throttled         // it was not called
	endings
)

func (e outcome) String() string { return [...]string{"", "result lost", "not called"}[e] }
