package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// answer is one HTTP answer, ready to be sent.
type answer struct {
	status int
	code   string      // of a failure
	header http.Header // besides Content-Type
	html   bool
	body   []byte
	silent bool // no answer ever: the request hangs
	broken bool // no answer: the connection breaks
}

// failure is the vendor's flat envelope.
func failure(bad *refusal, id string) answer {
	b := append([]byte(`{"requestId":"`), id...)
	b = append(b, `","code":`...)
	b = appendString(b, bad.code)
	b = append(b, `,"message":`...)
	b = appendString(b, bad.message)
	return answer{status: bad.status, code: bad.code, body: append(b, '}')}
}

// success is the vendor's nested envelope, around fields that begin with a comma.
func success(id string, fields []byte) answer {
	b := make([]byte, 0, len(fields)+2*len(id)+64)
	b = append(b, `{"requestId":"`...)
	b = append(b, id...)
	b = append(b, `","response":{"requestId":"`...)
	b = append(b, id...)
	b = append(b, '"')
	b = append(b, fields...)
	return answer{status: http.StatusOK, body: append(b, "}}"...)}
}

// listing is what DescribeInstances puts into the response.
func listing(page []*machine, total int, now time.Duration) []byte {
	b := make([]byte, 0, 64+640*len(page))
	b = append(b, `,"totalCount":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"dataSet":[`...)
	for i, m := range page {
		if i > 0 {
			b = append(b, ',')
		}
		b = m.appendRow(b, now)
	}
	return append(b, ']')
}

// appendRow adds one instance with the fields of the vendor's InstanceInfo that
// mean something here. The status comes last, so that the rest can be kept.
func (m *machine) appendRow(b []byte, now time.Duration) []byte {
	if m.fixed == nil {
		m.fixed = m.encodeFixed()
	}
	b = append(b, m.fixed...)
	b = append(b, `,"instanceStatus":`...)
	return append(appendString(b, m.shown(now)), '}')
}

// encodeFixed encodes what does not change from answer to answer, without the
// closing brace. By hand: a large fleet is listed often.
func (m *machine) encodeFixed() []byte {
	b := make([]byte, 0, 640)
	for _, f := range [][2]string{
		{`{"instanceId":`, m.ID},
		{`,"zoneId":`, m.ZoneID},
		{`,"instanceName":`, m.Name},
		{`,"hostname":`, m.Hostname},
		{`,"instanceTypeId":`, m.TypeID},
		{`,"resourceGroupId":`, m.ResourceGroupID},
		{`,"resourceGroupName":`, m.ResourceGroupID},
		{`,"createTime":`, "2026-01-01T00:00:00Z"},
	} {
		b = append(b, f[0]...)
		b = appendString(b, f[1])
	}
	b = append(b, `,"imageId":"sim-image","imageName":"Simulated","instanceChargeType":"POSTPAID",`+
		`"internetChargeType":"ByBandwidth","bandwidthOutMbps":10,"publicIpAddresses":[],"privateIpAddresses":[],"expiredTime":null`...)
	return m.appendTags(b)
}

// appendTags wraps the tags in an object, as the vendor's answers do.
func (m *machine) appendTags(b []byte) []byte {
	b = append(b, `,"tags":{"tags":[`...)
	for i, key := range slices.Sorted(maps.Keys(m.tags)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"key":`...)
		b = appendString(b, key)
		b = append(b, `,"value":`...)
		b = appendString(b, m.tags[key])
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// appendString adds a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always encodes
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
