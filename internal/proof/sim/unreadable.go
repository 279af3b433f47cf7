package sim

import (
	"fmt"
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

// unreadable reports whether the row in hand is one that cannot be read.
func (i *instanceState) unreadable() bool {
	return i.Unreadable != "" && i.rows >= i.UnreadableFrom && (i.UnreadableAnswers == 0 || i.rows < i.UnreadableFrom+i.UnreadableAnswers)
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
