package sim

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// A value of a tag that begins with afterStart is a time: so long after the start of
// the scenario as the duration behind it says, such as start+1m.
const afterStart = "start+"

// tagTime is how such a time is written. It has no colons, which not every tag may hold.
const tagTime = "2006-01-02T150405Z"

// begin starts the scenario.
func (s *Server) begin(at time.Time) {
	s.start = at
	for _, i := range s.fleet {
		i.tags, i.LaterTags = tagsFrom(i.tags, at), tagsFrom(i.LaterTags, at)
		i.row = nil
	}
}

// tagsFrom are the tags with their times after the start written out. A scenario's
// own map is not changed.
func tagsFrom(tags map[string]string, start time.Time) map[string]string {
	own, cloned := tags, false
	for key, value := range tags {
		after, ok := strings.CutPrefix(value, afterStart)
		if !ok {
			continue
		}
		if !cloned {
			own, cloned = maps.Clone(tags), true
		}
		d, _ := time.ParseDuration(after) // checkTags has read it
		own[key] = start.Add(d).UTC().Format(tagTime)
	}
	return own
}

// checkTags returns an error where a time after the start has no duration, or nil.
func (i *Instance) checkTags() error {
	for _, tags := range []map[string]string{i.Tags, i.LaterTags} {
		for key, value := range tags {
			after, ok := strings.CutPrefix(value, afterStart)
			if _, err := time.ParseDuration(after); ok && err != nil {
				return fmt.Errorf("the tag %s is %q, want a duration after the plus, such as start+1m", key, value)
			}
		}
	}
	return nil
}

// SetTags replaces the tags of an instance from now on, as somebody does in the
// vendor's console. It reports whether the scenario has the instance.
func (s *Server) SetTags(id string, tags map[string]string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.byID[id]
	if ok {
		i.advance(s.elapsed(s.now()))
		i.tags, i.row = maps.Clone(tags), nil
	}
	return ok
}
