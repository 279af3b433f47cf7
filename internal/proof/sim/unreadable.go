package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// The forms in which a row of DescribeInstances is not as the vendor documents it.
// No source shows one; a client must be ready for them.
const (
	TagsAsMap         = "tagsAsMap"         // an object with a member for each tag
	TagsOtherwise     = "tagsOtherwise"     // members with other names than key and value
	TagsWithoutKeys   = "tagsWithoutKeys"   // entries without a key
	TagsAsText        = "tagsAsText"        // one string
	NameIsNumber      = "nameIsNumber"      // instanceName
	ZoneIsNumber      = "zoneIsNumber"      // zoneId
	StatusIsNumber    = "statusIsNumber"    // instanceStatus
	WithoutInstanceID = "withoutInstanceId" // no instanceId
	IDIsNumber        = "idIsNumber"        // instanceId
)

// untagged is the form of a row that can be read, and shows no tags: see
// [Instance.UntaggedRow].
const untagged = "untagged"

// UnreadableForms lists every form.
func UnreadableForms() []string {
	return []string{
		TagsAsMap, TagsOtherwise, TagsWithoutKeys, TagsAsText, NameIsNumber, ZoneIsNumber, StatusIsNumber, WithoutInstanceID, IDIsNumber,
	}
}

// unreadableFields are the members that hold a number, as encodeRow writes them.
var unreadableFields = map[string]string{IDIsNumber: `{"instanceId":`, NameIsNumber: `,"instanceName":`, ZoneIsNumber: `,"zoneId":`}

// unreadableTags write the tags in another shape.
var unreadableTags = map[string]func(map[string]string) []byte{
	TagsAsMap: func(tags map[string]string) []byte {
		if tags == nil {
			return []byte(`{}`)
		}
		return encode(tags)
	},
	TagsOtherwise:   func(tags map[string]string) []byte { return entries(tags, `{"tagKey":%q,"tagValue":%q}`) },
	TagsWithoutKeys: func(tags map[string]string) []byte { return entries(tags, `{"name":%q,"value":%q}`) },
	untagged:        func(map[string]string) []byte { return []byte(`null`) },
	TagsAsText:      func(tags map[string]string) []byte { return encode(fmt.Sprint(tags)) },
}

// entries writes the tags in the vendor's wrapping, each in this format.
func entries(tags map[string]string, format string) []byte {
	all := [][]byte{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, fmt.Appendf(nil, format, key, tags[key]))
	}
	return slices.Concat([]byte(`{"tags":[`), bytes.Join(all, []byte(",")), []byte(`]}`))
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts only
	}
	return text
}

// unreadable reports whether the row in hand is one that cannot be read.
func (i *instanceState) unreadable() bool {
	return i.Unreadable != "" && i.rows >= i.UnreadableFrom && (i.UnreadableAnswers == 0 || i.rows < i.UnreadableFrom+i.UnreadableAnswers)
}

// appendUnreadable adds a row in the form of the instance.
func (i *instanceState) appendUnreadable(b []byte, now time.Duration) []byte {
	row := i.encodeRow(i.Unreadable)
	if i.Unreadable == WithoutInstanceID {
		_, rest, _ := bytes.Cut(row, []byte(`,`)) // an id holds no comma
		row = append([]byte{'{'}, rest...)
	}
	b = append(append(b, row...), `,"instanceStatus":`...)
	if i.Unreadable == StatusIsNumber {
		return append(b, `3}`...)
	}
	return append(appendString(b, i.rowStatus(now)), '}')
}

// rowStatus is what the row in hand says the status is.
func (i *instanceState) rowStatus(now time.Duration) string {
	if i.FalseStatus != "" && i.rows == i.FalseFrom {
		return i.FalseStatus
	}
	return i.shown(now)
}

// keepRows remembers what the answer in hand shows.
func (s *Server) keepRows(page []*instanceState, c *call) {
	for _, i := range page {
		r := Row{Request: s.received, Status: i.rowStatus(c.now), Untagged: i.rows == i.UntaggedRow}
		switch {
		case i.unreadable():
			r.Unreadable = i.Unreadable
		case c.fault != nil && c.fault.Kind == WrongCount:
			r.Unreadable = string(WrongCount)
		}
		i.rowsKept = append(i.rowsKept, r)
	}
}

// checkRow returns what is wrong with how the rows of the instance are, or nil.
func (i *Instance) checkRow() error {
	if i.Unreadable != "" && !slices.Contains(UnreadableForms(), i.Unreadable) {
		return fmt.Errorf("unreadable %q is none of %v", i.Unreadable, UnreadableForms())
	}
	return nil
}
