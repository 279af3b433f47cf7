package zenlayer

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Page is an answer of DescribeInstances. Its rows are in no promised order; an
// instance that does not exist is absent. Rows without an instance id are left out.
type Page struct {
	TotalCount int // of the whole listing, as Zenlayer counts it
	Instances  []Instance
}

// row is an instance as the vendor writes it.
type row struct {
	InstanceID      string `json:"instanceId"`
	InstanceName    string `json:"instanceName"`
	Hostname        string `json:"hostname"`
	InstanceStatus  string `json:"instanceStatus"`
	ZoneID          string `json:"zoneId"`
	ResourceGroupID string `json:"resourceGroupId"`
	Tags            tags   `json:"tags"`
}

// tags are wrapped in an object in an answer, though a request holds a plain
// list; either is read. Anything else fails the page: a protect tag that cannot
// be read must not look like none.
type tags []Tag

// UnmarshalJSONFrom reads the object, the list, or null.
func (t *tags) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return json.UnmarshalDecode(dec, (*[]Tag)(t))
	}
	var wrapped struct {
		Tags []Tag `json:"tags"`
	}
	err := json.UnmarshalDecode(dec, &wrapped)
	*t = wrapped.Tags
	return err
}

// decodePage reads the response of DescribeInstances. A missing totalCount is an
// error: without it nobody knows whether the rows are all.
func decodePage(raw response) (Page, error) {
	var listing struct {
		TotalCount *int  `json:"totalCount"`
		DataSet    []row `json:"dataSet"`
	}
	if decode(raw, &listing) != nil {
		return Page{}, errors.New("the response is not of the documented shape")
	}
	if listing.TotalCount == nil || *listing.TotalCount < 0 {
		return Page{}, errors.New("the response has no totalCount")
	}
	page := Page{TotalCount: *listing.TotalCount, Instances: make([]Instance, 0, len(listing.DataSet))}
	for _, r := range listing.DataSet {
		if r.InstanceID == "" {
			continue
		}
		page.Instances = append(page.Instances, Instance{
			ID: r.InstanceID, Name: r.InstanceName, Hostname: r.Hostname, Status: r.InstanceStatus,
			ZoneID: r.ZoneID, ResourceGroupID: r.ResourceGroupID, Tags: r.Tags,
		})
	}
	return page, nil
}
