package sim

import (
	"bytes"
	"encoding/json"
)

// Limits of a request's body (vendor).
const (
	MaxIDs          = 100
	MaxTags         = 20
	MaxPageSize     = 1000
	DefaultPageSize = 20
)

// parameters are the fields of both actions (vendor), as far as zenstop has them. The
// server ignores other fields, and reads null like a field that was left out; both are
// choices of this simulator.
type parameters struct {
	InstanceIDs     []string `json:"instanceIds"`
	ZoneID          string   `json:"zoneId"`
	ResourceGroupID string   `json:"resourceGroupId"`
	Name            string   `json:"instanceName"`
	Hostname        string   `json:"hostname"`
	TagKeys         []string `json:"tagKeys"`
	Tags            []tag    `json:"tags"`
	PageNum         *int     `json:"pageNum"`
	PageSize        *int     `json:"pageSize"`
}

// tag is one tag of a filter.
type tag struct {
	Key   string  `json:"key"`
	Value *string `json:"value"` // nil: any value
}

// parse reads a body and checks what both actions have in common.
func parse(body []byte) (parameters, *refusal) {
	var p parameters
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); !bytes.HasPrefix(trimmed, []byte("{")) {
		return p, refuse(CodeParameterPattern, "The body must be a JSON object.")
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, refuse(CodeParameterType, "The body cannot be read: "+err.Error())
	}
	if len(p.InstanceIDs) > MaxIDs {
		return p, refuse(CodeParameterLength, "instanceIds holds more than 100 ids.")
	}
	return p, nil
}

// checkDescribe checks the fields of DescribeInstances and fills in their
// defaults.
func (p *parameters) checkDescribe() *refusal {
	if len(p.TagKeys) > MaxTags || len(p.Tags) > MaxTags {
		return refuse(CodeParameterLength, "More than 20 tags.")
	}
	for _, t := range p.Tags {
		if t.Key == "" {
			return refuse(CodeMissingParameter, "A tag has no key.")
		}
	}
	if bad := inRange("pageNum", &p.PageNum, 1, 1<<31-1); bad != nil {
		return bad
	}
	return inRange("pageSize", &p.PageSize, DefaultPageSize, MaxPageSize)
}

// inRange gives a number that was left out its default, and refuses one that is
// not from 1 to most.
func inRange(name string, n **int, byDefault, most int) *refusal {
	switch {
	case *n == nil:
		*n = &byDefault
	case **n < 1:
		return refuse(CodeParameterMinimum, name+" must be at least 1.")
	case **n > most:
		return refuse(CodeParameterMaximum, name+" is too large.")
	}
	return nil
}
