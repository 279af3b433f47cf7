package sim

import "time"

// Defaults of an [Instance]; choices of this simulator.
const (
	DefaultZoneID   = "HKG-A"
	DefaultGroupID  = "rg-lab"
	DefaultBootTime = 10 * time.Second
)

// RecycleTime is how long a recycled instance is still listed (vendor: up to 24 hours).
const RecycleTime = 24 * time.Hour

// Instance is one simulated instance and how it will behave. Only ID is required.
// A time whose name ends in At or From counts from the start of the scenario; for
// those, zero means never, unless noted.
type Instance struct {
	ID              string            `json:"id"`              // instanceId
	Name            string            `json:"name"`            // instanceName; default: ID
	Hostname        string            `json:"hostname"`        // default: ID
	ZoneID          string            `json:"zoneId"`          // default: DefaultZoneID
	ResourceGroupID string            `json:"resourceGroupId"` // default: DefaultGroupID
	Tags            map[string]string `json:"tags"`            // default: none; a value start+1m is the time a minute after the start

	// Status is the one at the start; default RUNNING. STOPPING becomes STOPPED
	// after StopTakes, RECYCLE is gone after RecycleTime.
	Status string `json:"status"`
	// BecomesRunningAfter turns an instance that starts as PENDING, CREATING,
	// INSTALLING or BOOTING into a RUNNING one; zero: never.
	BecomesRunningAfter time.Duration `json:"becomesRunningAfter"`
	// StopTakes is the time from an accepted stop to STOPPED; zero: at once.
	StopTakes time.Duration `json:"stopTakes"`
	// Lag is how long after an accepted stop DescribeInstances still shows RUNNING, and
	// after an accepted start STOPPED. The actions see the real status and refuse a second
	// request meanwhile (a choice of this simulator).
	Lag time.Duration `json:"lag"`

	// NeverStops keeps the instance STOPPING for ever after a stop.
	NeverStops bool `json:"neverStops"`
	// IgnoresStops is how many stops are accepted without any effect.
	IgnoresStops int `json:"ignoresStops"`
	// RestartsAfter starts the instance, BOOTING and then RUNNING, this long after
	// each time that it became STOPPED, or after the start where it was STOPPED
	// then; zero: never. With RestartsFromStopping the time counts from each time
	// that it became STOPPING, whether or not it was STOPPED in between.
	RestartsAfter        time.Duration `json:"restartsAfter"`
	RestartsFromStopping bool          `json:"restartsFromStopping"`
	// BootTakes is the time from BOOTING to RUNNING in a start; default DefaultBootTime.
	BootTakes time.Duration `json:"bootTakes"`
	// RefusesStop is the code with which StopInstances refuses every batch that
	// holds this instance while it is RUNNING; empty: it is not refused. Any code
	// will do, and one that no list has comes with HTTP 400.
	RefusesStop string `json:"refusesStop"`
	// RefusesStopUntil is when that ends; zero: never.
	RefusesStopUntil time.Duration `json:"refusesStopUntil"`
	// RefusesDescribe is the code with which DescribeInstances refuses every call
	// that names this instance in instanceIds, even a missing one; empty: it is
	// not refused. A listing without ids has it as usual.
	RefusesDescribe string `json:"refusesDescribe"`
	// RefusesDescribeUntil is when that ends; zero: never.
	RefusesDescribeUntil time.Duration `json:"refusesDescribeUntil"`
	// NeverStarts keeps the instance BOOTING for ever after a start.
	NeverStarts bool `json:"neverStarts"`
	// IgnoresStarts is how many starts are accepted without any effect.
	IgnoresStarts int `json:"ignoresStarts"`
	// StopsAgainAfter stops the instance this long after each start would have brought it
	// to RUNNING; zero: never.
	StopsAgainAfter time.Duration `json:"stopsAgainAfter"`
	// RefusesStart is the code with which StartInstances refuses every batch that holds
	// this instance while it is STOPPED, until RefusesStartUntil (zero: for ever); empty: it
	// is not refused.
	RefusesStart      string        `json:"refusesStart"`
	RefusesStartUntil time.Duration `json:"refusesStartUntil"`
	// RecycledCode is the code with which both actions refuse the instance while it is in the recycle bin; default CodeInstanceRecycled. CodeRecycledResource
	// means the same (vendor).
	RecycledCode string `json:"recycledCode"`

	// Missing means that the instance never existed for the API.
	Missing bool `json:"missing"`
	// AppearsAt is when the instance is listed first; zero: from the start.
	AppearsAt time.Duration `json:"appearsAt"`
	// VanishesAt is when the instance is gone.
	VanishesAt time.Duration `json:"vanishesAt"`
	// RecycledAt puts the instance into the recycle bin; RecycleTime later it is gone.
	RecycledAt time.Duration `json:"recycledAt"`
	// ExternalStopAt is when somebody else stops the instance, if it is RUNNING then.
	ExternalStopAt time.Duration `json:"externalStopAt"`
	// ExternalStartAt is when somebody else starts the instance, if it is STOPPED then.
	ExternalStartAt time.Duration `json:"externalStartAt"`
	// OddStatus is shown instead of the real status from OddFrom (zero: the start)
	// for OddFor (zero: for ever). Both actions refuse the instance meanwhile.
	OddStatus string        `json:"oddStatus"`
	OddFrom   time.Duration `json:"oddFrom"`
	OddFor    time.Duration `json:"oddFor"`
	// LaterTags replace Tags from LaterTagsAt on.
	LaterTags   map[string]string `json:"laterTags"`
	LaterTagsAt time.Duration     `json:"laterTagsAt"`
	// Retags change the tags more often, or at other times. Of all that are due the
	// latest counts.
	Retags []Retag `json:"retags"`
	// AbsentAnswers is how many answers of DescribeInstances leave the instance
	// out. The first of them is the AbsentFrom-th that it should be in (default: 1).
	// totalCount leaves it out too, which tells this from a ShortPage.
	AbsentAnswers int `json:"absentAnswers"`
	AbsentFrom    int `json:"absentFrom"`

	// AfterStop is the status that the instance takes this long after it became
	// STOPPED (zero: at once), for AfterStopFor (zero: for ever); then it is STOPPED
	// again. It happens once.
	AfterStop    string        `json:"afterStop"`
	AfterStopIn  time.Duration `json:"afterStopIn"`
	AfterStopFor time.Duration `json:"afterStopFor"`
	// FalseStatus is what one row of the instance says, whatever its status is: the
	// FalseFrom-th of its rows (default: the first). The actions see the real status.
	FalseStatus string `json:"falseStatus"`
	FalseFrom   int    `json:"falseFrom"`
	// UntaggedRow is the number of the one row that shows no tags, from 1 on; zero: none.
	UntaggedRow int `json:"untaggedRow"`
	// Unreadable is how its rows are not as the vendor documents them, one of
	// [UnreadableForms]: so many of them as UnreadableAnswers (zero: for ever), from the
	// UnreadableFrom-th on (default: the first).
	Unreadable        string `json:"unreadable"`
	UnreadableAnswers int    `json:"unreadableAnswers"`
	UnreadableFrom    int    `json:"unreadableFrom"`
}

// Retag replaces all tags of an instance at some time.
type Retag struct {
	At   time.Duration     `json:"at"` // above 0
	Tags map[string]string `json:"tags"`
}

// TagsAt are the tags that the instance carries at a time of the scenario.
func (i *Instance) TagsAt(at time.Duration) map[string]string {
	tags, since := i.Tags, time.Duration(0)
	if i.LaterTagsAt > 0 && i.LaterTagsAt <= at {
		tags, since = i.LaterTags, i.LaterTagsAt
	}
	for _, r := range i.Retags {
		if r.At <= at && r.At >= since {
			tags, since = r.Tags, r.At
		}
	}
	return tags
}

// setDefaults gives every field that was left out its default.
func (i *Instance) setDefaults() {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&i.Name, i.ID)
	set(&i.Hostname, i.ID)
	set(&i.ZoneID, DefaultZoneID)
	set(&i.ResourceGroupID, DefaultGroupID)
	set(&i.Status, StatusRunning)
	set(&i.RecycledCode, CodeInstanceRecycled)
	if i.BootTakes == 0 {
		i.BootTakes = DefaultBootTime
	}
	for _, first := range []*int{&i.AbsentFrom, &i.FalseFrom, &i.UnreadableFrom} {
		if *first == 0 {
			*first = 1
		}
	}
}
