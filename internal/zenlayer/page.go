package zenlayer

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Page is one page of an answer of DescribeInstances, in any order. An instance that
// does not exist is not in it. Rows without an instance id are left out.
type Page struct {
	TotalCount int // how many rows Zenlayer says there are on all pages together
	Nameless   int // rows whose instanceId cannot be read
	Instances  []Instance
}

// row is an instance as the vendor encodes it.
type row struct {
	InstanceID      string `json:"instanceId"`
	InstanceName    string `json:"instanceName"`
	Hostname        string `json:"hostname"`
	InstanceStatus  string `json:"instanceStatus"`
	ZoneID          string `json:"zoneId"`
	ResourceGroupID string `json:"resourceGroupId"`
	Tags            tags   `json:"tags"`
}

// tags reads the tags of an answer, which are wrapped in an object, and also a
// plain list, as requests have it. Anything else is an error of the whole page: an
// instance with a protect tag that cannot be read must not look unprotected.
type tags []Tag

// UnmarshalJSONFrom reads an object, a list, or null.
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
// error, because without it nobody knows whether rows are missing.
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
