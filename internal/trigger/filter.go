package trigger

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"zenstop/internal/zenlayer"
)

// Limits of a filter. Source of maxTags: the vendor's DescribeInstances page.
const (
	maxText  = 128 // characters of a field or of a tag's key
	maxValue = 256 // characters of a tag's value
	maxTags  = 20  // entries of tagKeys, and of tags
)

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

// read checks the filter and returns it for Zenlayer. A field that is given but
// empty is an error: leaving it out would select more than the author meant.
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
	return out, cmp.Or(errs...)
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
	return cmp.Or(errs...)
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

// checkText objects to a text that is blank, has more than most characters, or has
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
