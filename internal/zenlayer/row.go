package zenlayer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"zenstop/internal/text"
)

const maxUnreadable = 60 // characters

// unreadableTags says that tags cannot be read. A tag that is overlooked may be the one
// that protects its instance.
const unreadableTags = `tags are not {"tags":[{"key","value"}]}`

// row is an instance as the vendor encodes it.
type row struct {
	id, name, hostname, status, zone, group field

	tags   []Tag
	tagged bool // tags were seen
	bad    bool // and cannot be read
}

// row reads one row. It reports false where the row names no instance.
func (s *scanner) row() (Instance, bool) {
	if s.kind() != '{' {
		s.skip()
		return Instance{}, false
	}
	var r row
	s.object(func(name string) { r.member(s, name) })
	if !text.MadeOf(r.id.text, text.Names, 1, 64) {
		return Instance{}, false
	}
	return Instance{
		ID: r.id.text, Name: r.name.text, Hostname: r.hostname.text, Status: r.status.text,
		ZoneID: r.zone.text, ResourceGroupID: r.group.text, Tags: r.tags, Unreadable: r.unreadable(),
	}, true
}

func (r *row) member(s *scanner, name string) {
	switch name {
	case "instanceId":
		r.id.read(s)
	case "instanceName":
		r.name.read(s)
	case "hostname":
		r.hostname.read(s)
	case "instanceStatus":
		r.status.read(s)
	case "zoneId":
		r.zone.read(s)
	case "resourceGroupId":
		r.group.read(s)
	case "tags":
		r.readTags(s)
	case otherTags:
		s.skip()
		r.tags, r.tagged, r.bad = nil, true, true
	default:
		s.skip()
	}
}

// readTags reads tags, which must be the same where they come twice.
func (r *row) readTags(s *scanner) {
	tags, ok := s.tags()
	if !ok || r.tagged && !slices.Equal(tags, r.tags) {
		r.bad = true
	}
	if r.tags, r.tagged = tags, true; r.bad {
		r.tags = nil
	}
}

// unreadable says which fields cannot be read, the tags first.
func (r *row) unreadable() string {
	var all []string
	if r.bad {
		all = append(all, unreadableTags)
	}
	note := func(name, wrong string) {
		if wrong != "" {
			all = append(all, name+" "+wrong)
		}
	}
	if strings.TrimFunc(r.status.text, text.IsBlank) == "" && r.status.wrong == "" {
		r.status.wrong = "is missing"
	}
	note("instanceStatus", r.status.wrong)
	note("instanceName", r.name.wrong)
	note("hostname", r.hostname.wrong)
	note("zoneId", r.zone.wrong)
	note("resourceGroupId", r.group.wrong)
	return text.Cut(strings.Join(all, ", "), maxUnreadable)
}

// tags reads the tags of a row: an object that has them as its only member, as in
// answers, or a plain list, as in requests, or null. It reports false for anything else.
func (s *scanner) tags() (tags []Tag, ok bool) {
	if s.kind() != '{' {
		return s.tagList()
	}
	seen := false
	ok = true
	s.object(func(name string) {
		if name != "tags" {
			s.skip()
			ok = false
			return
		}
		some, good := s.tagList()
		ok = ok && good && (!seen || slices.Equal(some, tags))
		tags, seen = some, true
	})
	return tags, ok
}

// tagList reads a list of tags, or null.
func (s *scanner) tagList() (tags []Tag, ok bool) {
	if k := s.kind(); k != '[' {
		s.skip()
		return nil, k == 'n'
	}
	ok = true
	s.list(func() {
		tag, good := s.tag()
		tags, ok = append(tags, tag), ok && good
	})
	return tags, ok
}

// tag reads a tag. It needs a key; other members than its key and value are ignored.
func (s *scanner) tag() (Tag, bool) {
	if s.kind() != '{' {
		s.skip()
		return Tag{}, false
	}
	var key, value field
	s.object(func(name string) {
		switch name {
		case "key":
			key.read(s)
		case "value":
			value.read(s)
		default:
			s.skip()
		}
	})
	ok := key.text != "" && key.wrong == "" && value.wrong == "" && !strings.ContainsRune(key.text, utf8.RuneError)
	return Tag{Key: key.text, Value: value.text}, ok
}
