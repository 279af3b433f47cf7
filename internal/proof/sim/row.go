package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// listing is what DescribeInstances puts into the response. This file encodes by
// hand, and keeps what it encoded: a large fleet is listed often.
func listing(page []*instanceState, total int, now time.Duration) []byte {
	b := make([]byte, 0, 64+640*len(page))
	b = append(b, `,"totalCount":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"dataSet":[`...)
	for n, i := range page {
		if n > 0 {
			b = append(b, ',')
		}
		b = i.appendRow(b, now)
	}
	return append(b, ']')
}

// appendRow adds one instance with those fields of the vendor's InstanceInfo that
// mean something here. The status comes last, so that the rest can be kept from
// answer to answer.
func (i *instanceState) appendRow(b []byte, now time.Duration) []byte {
	i.rows++
	if i.unreadable() {
		return i.appendUnreadable(b, now)
	}
	if i.row == nil {
		i.row = i.encodeRow("")
	}
	if i.rows == i.UntaggedRow {
		b = append(b, i.encodeRow(untagged)...)
	} else {
		b = append(b, i.row...)
	}
	b = append(b, `,"instanceStatus":`...)
	return append(appendString(b, i.rowStatus(now)), '}')
}

// encodeRow encodes the row without its status and its closing brace, in this form
// of [UnreadableForms].
func (i *instanceState) encodeRow(form string) []byte {
	b := make([]byte, 0, 640)
	for _, f := range [...]struct{ name, value string }{
		{`{"instanceId":`, i.ID},
		{`,"zoneId":`, i.ZoneID},
		{`,"instanceName":`, i.Name},
		{`,"hostname":`, i.Hostname},
		{`,"instanceTypeId":`, i.TypeID},
		{`,"resourceGroupId":`, i.ResourceGroupID},
		{`,"resourceGroupName":`, i.ResourceGroupID},
		{`,"imageId":`, i.ImageID},
		{`,"internetChargeType":`, i.InternetChargeType},
	} {
		b = append(b, f.name...)
		if unreadableFields[form] == f.name {
			b = append(b, `17`...)
			continue
		}
		b = appendString(b, f.value)
	}
	b = appendStrings(append(b, `,"subnetIds":`...), i.SubnetIDs)
	b = appendStrings(append(b, `,"publicIpAddresses":`...), i.PublicIPs)
	b = appendStrings(append(b, `,"privateIpAddresses":`...), i.PrivateIPs)
	b = append(b, `,"createTime":"2026-01-01T00:00:00Z","imageName":"Simulated","instanceChargeType":"POSTPAID",`+
		`"bandwidthOutMbps":10,"expiredTime":null`...)
	if write := unreadableTags[form]; write != nil {
		return append(append(b, `,"tags":`...), write(i.tags)...)
	}
	return i.appendTags(b)
}

// appendStrings adds a JSON array of strings.
func appendStrings(b []byte, all []string) []byte {
	b = append(b, '[')
	for n, s := range all {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendTags wraps the tags in an object, as the vendor's answers do.
func (i *instanceState) appendTags(b []byte) []byte {
	b = append(b, `,"tags":{"tags":[`...)
	for n, key := range slices.Sorted(maps.Keys(i.tags)) {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"key":`...)
		b = appendString(b, key)
		b = append(b, `,"value":`...)
		b = appendString(b, i.tags[key])
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// appendString adds a JSON string. Plain text needs no escapes and is copied.
func appendString(b []byte, s string) []byte {
	for n := range len(s) {
		if c := s[n]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // encoding/json encodes every string
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
