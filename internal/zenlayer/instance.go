package zenlayer

// The vendor's words for the status of an instance. The set is open: an unknown
// value must be polled and reported, never crash anything.
// Source: the DescribeInstances page and the vendor's SDKs; RECYCLING stands in one of them only.
const (
	StatusPending       = "PENDING"
	StatusCreating      = "CREATING"
	StatusCreateFailed  = "CREATE_FAILED"
	StatusInstalling    = "INSTALLING"
	StatusInstallFailed = "INSTALL_FAILED"
	StatusRunning       = "RUNNING"
	StatusStopped       = "STOPPED"
	StatusBooting       = "BOOTING"
	StatusStopping      = "STOPPING"
	StatusRecycle       = "RECYCLE"
	StatusRecycling     = "RECYCLING"
)

// Bounds of one call. Source: the pages of StopInstances and DescribeInstances.
const (
	MaxIDs      = 100  // instance ids of one call
	MaxPageSize = 1000 // rows of one page of DescribeInstances
)

// Instance is a row of DescribeInstances, as far as zenstop reads it.
type Instance struct {
	ID, Name, Hostname      string
	Status                  string // one of the Status words, or one that is new
	ZoneID, ResourceGroupID string
	Tags                    []Tag
}

// Tag is a key and its value, which may be empty.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Filter selects instances. An empty field selects nothing and excludes nothing.
// Names are exact, or fuzzy with a trailing `*`. At most 20 TagKeys and 20 Tags.
type Filter struct {
	ZoneID          string   `json:"zoneId,omitempty"`
	ResourceGroupID string   `json:"resourceGroupId,omitempty"`
	InstanceName    string   `json:"instanceName,omitempty"`
	Hostname        string   `json:"hostname,omitempty"`
	TagKeys         []string `json:"tagKeys,omitempty"`
	Tags            []Tag    `json:"tags,omitempty"`
}

// Empty reports whether no field is set. Zenlayer takes that for the whole account.
func (f Filter) Empty() bool {
	return f.ZoneID == "" && f.ResourceGroupID == "" && f.InstanceName == "" && f.Hostname == "" &&
		len(f.TagKeys) == 0 && len(f.Tags) == 0
}
