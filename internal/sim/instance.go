package sim

import "time"

// Defaults of an [Instance]; choices of this simulator.
const (
	DefaultZoneID   = "HKG-A"
	DefaultGroupID  = "rg-lab"
	DefaultTypeID   = "M8C"
	DefaultBootTime = 10 * time.Second
)

// RecycleTime is how long a recycled instance is still listed (vendor: up to 24 hours).
const RecycleTime = 24 * time.Hour

// Instance is one machine of a scenario and how it will behave. Only ID is
// required. Times named …At or …From count from the start of the scenario and
// zero means never, unless noted.
type Instance struct {
	ID              string            `json:"id"`              // instanceId
	Name            string            `json:"name"`            // instanceName; default: ID
	Hostname        string            `json:"hostname"`        // default: ID
	ZoneID          string            `json:"zoneId"`          // default: DefaultZoneID
	ResourceGroupID string            `json:"resourceGroupId"` // default: DefaultGroupID
	TypeID          string            `json:"instanceTypeId"`  // default: DefaultTypeID
	Tags            map[string]string `json:"tags"`

	// Status is the one at the start; default RUNNING. STOPPING becomes STOPPED
	// after StopTakes, RECYCLE is gone after RecycleTime.
	Status string `json:"status"`
	// BecomesRunningAfter turns an instance that starts as PENDING, CREATING,
	// INSTALLING or BOOTING into a RUNNING one.
	BecomesRunningAfter time.Duration `json:"becomesRunningAfter"`
	// StopTakes is the time from an accepted stop to STOPPED; zero: at once.
	StopTakes time.Duration `json:"stopTakes"`
	// Lag is how long after an accepted stop DescribeInstances still shows
	// RUNNING. StopInstances knows better and refuses a second stop meanwhile
	// (a choice of this simulator).
	Lag time.Duration `json:"lag"`

	// NeverStops keeps it STOPPING for ever.
	NeverStops bool `json:"neverStops"`
	// IgnoresStops is how many stops are accepted and do nothing.
	IgnoresStops int `json:"ignoresStops"`
	// RestartsAfter brings it back, BOOTING and then RUNNING, this long after
	// each time it became STOPPED, or was from the start; with RestartsFromStopping, this long after
	// each time it became STOPPING, whether or not it got to STOPPED.
	RestartsAfter        time.Duration `json:"restartsAfter"`
	RestartsFromStopping bool          `json:"restartsFromStopping"`
	// BootTakes is the time from BOOTING to RUNNING in a restart; default DefaultBootTime.
	BootTakes time.Duration `json:"bootTakes"`
	// RefusesStop is the code that every StopInstances with this instance gets
	// while it is RUNNING: the culprit of a batch.
	RefusesStop string `json:"refusesStop"`

	// Missing was never there.
	Missing bool `json:"missing"`
	// AppearsAt is when it comes to be listed; zero: from the start.
	AppearsAt time.Duration `json:"appearsAt"`
	// VanishesAt is when it is gone.
	VanishesAt time.Duration `json:"vanishesAt"`
	// RecycledAt puts it into the recycle bin; RecycleTime later it is gone.
	RecycledAt time.Duration `json:"recycledAt"`
	// ExternalStopAt is when somebody else stops it, if it is RUNNING then.
	ExternalStopAt time.Duration `json:"externalStopAt"`
	// OddStatus is shown instead of the real status from OddFrom (zero: the
	// start) for OddFor (zero: for ever). StopInstances refuses it meanwhile.
	OddStatus string        `json:"oddStatus"`
	OddFrom   time.Duration `json:"oddFrom"`
	OddFor    time.Duration `json:"oddFor"`
	// LaterTags replace Tags from LaterTagsAt on.
	LaterTags   map[string]string `json:"laterTags"`
	LaterTagsAt time.Duration     `json:"laterTagsAt"`
	// AbsentAnswers is how many answers of DescribeInstances leave it out,
	// beginning with the AbsentFrom-th that should hold it (default: the first).
	// totalCount is as wrong as the rows: a glitch, not a short page.
	AbsentAnswers int `json:"absentAnswers"`
	AbsentFrom    int `json:"absentFrom"`
}

// withDefaults fills what was left out.
func (i Instance) withDefaults() Instance {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&i.Name, i.ID)
	set(&i.Hostname, i.ID)
	set(&i.ZoneID, DefaultZoneID)
	set(&i.ResourceGroupID, DefaultGroupID)
	set(&i.TypeID, DefaultTypeID)
	set(&i.Status, StatusRunning)
	if i.BootTakes == 0 {
		i.BootTakes = DefaultBootTime
	}
	if i.AbsentFrom == 0 {
		i.AbsentFrom = 1
	}
	return i
}
