package trigger

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"zenstop/internal/shutdown"
	"zenstop/internal/zenlayer"
)

// Limits of a filter. Source of maxTags: the vendor's DescribeInstances page.
const (
	maxText  = 128 // characters of a field or of a tag's key
	maxValue = 256 // characters of a tag's value
	maxTags  = 20  // entries of tagKeys, and of tags
)

// target is a target as an event has it. A nil field is missing.
type target struct {
	InstanceIDs *[]string `json:"instanceIds"`
	Filter      *filter   `json:"filter"`
}

type filter struct {
	ZoneID          *string   `json:"zoneId"`
	ResourceGroupID *string   `json:"resourceGroupId"`
	InstanceName    *string   `json:"instanceName"`
	Hostname        *string   `json:"hostname"`
	TagKeys         *[]string `json:"tagKeys"`
	Tags            *[]tag    `json:"tags"`
}

type tag struct {
	Key   *string `json:"key"`
	Value *string `json:"value"`
}

// read checks the target and returns it. At is its path in messages.
func (t *target) read(at string) (shutdown.Target, error) {
	if t.InstanceIDs != nil && t.Filter != nil {
		return shutdown.Target{}, fmt.Errorf("%s: has both instanceIds and filter, must have exactly one of them", at)
	}
	if t.InstanceIDs != nil {
		ids, err := checkIDs(*t.InstanceIDs, at+".instanceIds")
		return shutdown.Target{InstanceIDs: ids}, err
	}
	if t.Filter != nil {
		f, err := t.Filter.read(at + ".filter")
		return shutdown.Target{Filter: f}, err
	}
	return shutdown.Target{}, fmt.Errorf("%s: has neither instanceIds nor filter, must have exactly one of them", at)
}

// checkIDs returns the ids without duplicates, in their order. It refuses an empty
// list, and more ids than one run has room for.
func checkIDs(ids []string, at string) ([]string, error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s: has 0 ids, must have 1 or more", at)
	}
	unique := make([]string, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		if err := checkID(id, fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	if err := shutdown.CheckRoom(unique); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return unique, nil
}

func checkID(id, at string) error {
	if !shutdown.ValidID(id) {
		return fmt.Errorf("%s: %s is not an instance id, which has 1 to 64 letters, digits, - and _", at, quote(id))
	}
	return nil
}

// read checks the filter and returns it for Zenlayer. A field that is given but
// empty is refused: leaving it out would select more than the author meant.
func (f *filter) read(at string) (*zenlayer.Filter, error) {
	if *f == (filter{}) {
		return nil, fmt.Errorf("%s: must have at least one field; without any it matches the whole account", at)
	}
	out := &zenlayer.Filter{}
	var errs []error
	for _, field := range []struct {
		name string
		from *string
		into *string
	}{
		{"zoneId", f.ZoneID, &out.ZoneID},
		{"resourceGroupId", f.ResourceGroupID, &out.ResourceGroupID},
		{"instanceName", f.InstanceName, &out.InstanceName},
		{"hostname", f.Hostname, &out.Hostname},
	} {
		if field.from != nil {
			*field.into = *field.from
			errs = append(errs, checkPattern(*field.from, at+"."+field.name))
		}
	}
	if f.TagKeys != nil {
		out.TagKeys = *f.TagKeys
		errs = append(errs, checkTagKeys(*f.TagKeys, at+".tagKeys"))
	}
	if f.Tags != nil {
		tags, err := readTags(*f.Tags, at+".tags")
		out.Tags, errs = tags, append(errs, err)
	}
	return out, first(errs)
}

// first returns the first error that is not nil: a message names one thing to correct.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkPattern checks a field of the filter. A pattern of stars alone would match
// every instance.
func checkPattern(s, at string) error {
	if err := checkText(s, at, maxText); err != nil {
		return err
	}
	if strings.Trim(s, "* ") == "" {
		return fmt.Errorf("%s: %s would match the whole account", at, quote(s))
	}
	return nil
}

func checkTagKeys(keys []string, at string) error {
	errs := []error{checkCount(len(keys), at)}
	for i, key := range keys {
		errs = append(errs, checkText(key, fmt.Sprintf("%s[%d]", at, i), maxText))
	}
	return first(errs)
}

func readTags(tags []tag, at string) ([]zenlayer.Tag, error) {
	if err := checkCount(len(tags), at); err != nil {
		return nil, err
	}
	out := make([]zenlayer.Tag, len(tags))
	for i, t := range tags {
		if err := t.read(&out[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// read checks one tag. Its key must not be empty, its value may be.
func (t tag) read(into *zenlayer.Tag, at string) error {
	if t.Key == nil {
		return fmt.Errorf("%s.key: is missing", at)
	}
	if t.Value == nil {
		return fmt.Errorf(`%s.value: is missing; "" is the empty value, and tagKeys matches any value`, at)
	}
	into.Key, into.Value = *t.Key, *t.Value
	if err := checkText(*t.Key, at+".key", maxText); err != nil || *t.Value == "" {
		return err
	}
	return checkText(*t.Value, at+".value", maxValue)
}

func checkCount(n int, at string) error {
	if n == 0 || n > maxTags {
		return fmt.Errorf("%s: has %d entries, must have 1 to %d", at, n, maxTags)
	}
	return nil
}

// checkText refuses a text that is blank, has more than most characters, or has
// characters that do not print.
func checkText(s, at string, most int) error {
	if strings.TrimSpace(s) == "" {
		return fmt.Errorf("%s: must not be empty", at)
	}
	if n := utf8.RuneCountInString(s); n > most {
		return fmt.Errorf("%s: has %d characters, must have at most %d", at, n, most)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%s: %s has characters that do not print", at, quote(s))
	}
	return nil
}
