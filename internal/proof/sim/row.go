package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// listing is what DescribeInstances puts into the response. It keeps what it encoded of
// each instance: a large fleet is listed often.
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

// appendRow adds one instance. The status comes last, so that the rest can be kept from
// answer to answer.
func (i *instanceState) appendRow(b []byte, now time.Duration) []byte {
	i.rows++
	if i.row == nil {
		i.row = i.encodeRow("")
	}
	row, status := i.row, encode(i.rowStatus(now))
	switch {
	case i.unreadable():
		if row = i.encodeRow(i.Unreadable); i.Unreadable == StatusIsNumber {
			status = []byte{'3'}
		}
	case i.rows == i.UntaggedRow:
		row = i.encodeRow(untagged)
	}
	b = append(append(b, row...), `,"instanceStatus":`...)
	return append(append(b, status...), '}')
}

// encodeRow encodes those fields of the vendor's InstanceInfo that mean something here,
// in this form of [UnreadableForms], without the status and the closing brace.
func (i *instanceState) encodeRow(form string) []byte {
	row := map[string]any{
		"instanceId": i.ID, "zoneId": i.ZoneID, "instanceName": i.Name, "hostname": i.Hostname,
		"resourceGroupId": i.ResourceGroupID, "resourceGroupName": i.ResourceGroupID,
		"instanceTypeId": "M8C", "imageId": "sim-image", "imageName": "Simulated", "subnetIds": []string{},
		"publicIpAddresses": []string{}, "privateIpAddresses": []string{},
		"internetChargeType": "ByBandwidth", "instanceChargeType": "POSTPAID", "bandwidthOutMbps": 10,
		"createTime": "2026-01-01T00:00:00Z", "expiredTime": nil,
		"tags": i.tagList("key", "value"), // wrapped in an object, as the vendor's answers do
	}
	switch form {
	case WithoutInstanceID:
		delete(row, "instanceId")
	case IDIsNumber:
		row["instanceId"] = 17
	case NameIsNumber:
		row["instanceName"] = 17
	case ZoneIsNumber:
		row["zoneId"] = 17
	case TagsAsMap:
		row["tags"] = i.tags
		if i.tags == nil {
			row["tags"] = object{}
		}
	case TagsOtherwise:
		row["tags"] = i.tagList("tagKey", "tagValue")
	case TagsWithoutKeys:
		row["tags"] = i.tagList("name", "value")
	case TagsAsText:
		row["tags"] = fmt.Sprint(i.tags)
	case untagged:
		row["tags"] = nil
	}
	text := encode(row)
	return text[:len(text)-1]
}

type object = map[string]any

// tagList is the list of the tags with these names of its members.
func (i *instanceState) tagList(key, value string) object {
	all := []object{}
	for _, k := range slices.Sorted(maps.Keys(i.tags)) {
		all = append(all, object{key: k, value: i.tags[k]})
	}
	return object{"tags": all}
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // there is nothing in it that JSON does not have
	}
	return text
}
