package zenlayer

// The statuses of an instance. The set is open: an instance with an unknown status
// is looked at again and reported, like any other.
// Source: the vendor's DescribeInstances page and SDKs; RECYCLING is in one of them only.
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

// Limits of one call. Source: the vendor's pages of StopInstances and DescribeInstances.
const (
	MaxIDs      = 100  // instance ids of one call
	MaxPageSize = 1000 // rows of one page of DescribeInstances
)

// Instance holds the fields of a row of DescribeInstances that zenstop uses.
type Instance struct {
	ID, Name, Hostname      string
	Status                  string // one of the Status constants, or an unknown one
	ZoneID, ResourceGroupID string
	Tags                    []Tag

	// Unreadable says in a few printable words which fields cannot be read, and why; ""
	// where all can. Status is set wherever it can be read, also where other fields cannot.
	// Of another field that cannot be read, "" or nil says nothing: the instance may be protected.
	Unreadable string
}

// Tag is a key and its value. The value may be empty.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Filter selects instances. An empty field is not sent and does not restrict the
// selection. InstanceName and Hostname match exactly, or as a prefix where they end
// in `*`. There are at most 20 TagKeys and 20 Tags. How Zenlayer combines several
// fields is not documented, so the caller must check each row itself.
// Source: the vendor's DescribeInstances page.
type Filter struct {
	ZoneID          string   `json:"zoneId,omitempty"`
	ResourceGroupID string   `json:"resourceGroupId,omitempty"`
	InstanceName    string   `json:"instanceName,omitempty"`
	Hostname        string   `json:"hostname,omitempty"`
	TagKeys         []string `json:"tagKeys,omitempty"`
	Tags            []Tag    `json:"tags,omitempty"`
}

// Empty reports whether no field is set: Zenlayer would list the whole account.
func (f Filter) Empty() bool {
	return f.ZoneID == "" && f.ResourceGroupID == "" && f.InstanceName == "" && f.Hostname == "" &&
		len(f.TagKeys) == 0 && len(f.Tags) == 0
}
