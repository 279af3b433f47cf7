package sim

import (
	"encoding/json"
	"strings"
)

// Limits of a request's body (vendor).
const (
	MaxIDs          = 100
	MaxTags         = 20
	MaxPageSize     = 1000
	DefaultPageSize = 20
)

// parameters are the fields of both actions that the server knows. It ignores
// others, and takes null for a field left out.
type parameters struct {
	InstanceIDs     []string `json:"instanceIds"`
	ZoneID          string   `json:"zoneId"`
	ResourceGroupID string   `json:"resourceGroupId"`
	TypeID          string   `json:"instanceTypeId"`
	Status          string   `json:"instanceStatus"`
	Name            string   `json:"instanceName"`
	Hostname        string   `json:"hostname"`
	TagKeys         []string `json:"tagKeys"`
	Tags            []tag    `json:"tags"`
	PageNum         *int     `json:"pageNum"`
	PageSize        *int     `json:"pageSize"`
}

type tag struct {
	Key   string  `json:"key"`
	Value *string `json:"value"`
}

// parse reads a body and checks what holds for both actions.
func parse(body []byte) (parameters, *refusal) {
	var p parameters
	if trimmed := strings.TrimLeft(string(body), " \t\r\n"); !strings.HasPrefix(trimmed, "{") {
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

// checkDescribe checks what only DescribeInstances knows, and fills its defaults.
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

// inRange gives a number its default, or refuses one outside of 1 to most.
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
