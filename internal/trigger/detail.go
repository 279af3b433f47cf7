package trigger

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/shutdown"
	"zenstop/internal/zenlayer"
)

// Bounds of a request.
const (
	MaxIDs     = 3000 // ids of one event: with 64 characters each, more would not fit a Step Functions payload
	maxReason  = 256
	maxMinutes = 720
	maxText    = 128 // of a filter's field
	maxTags    = 20  // tagKeys, and tags, of DescribeInstances
)

type detail struct {
	Target         *target `json:"target"`
	Reason         string  `json:"reason"`
	DryRun         bool    `json:"dryRun"`
	MaxInstances   *int    `json:"maxInstances"`
	TimeoutMinutes *int    `json:"timeoutMinutes"`
}

type target struct {
	InstanceIDs *[]string        `json:"instanceIds"`
	Filter      *zenlayer.Filter `json:"filter"`
}

// readDetail reads the detail of a request or a schedule.
func readDetail(raw []byte, req *shutdown.Request, s Settings) error {
	var d detail
	if err := strict(raw, "detail", &d); err != nil {
		return err
	}
	switch {
	case d.Target == nil:
		return errors.New("detail.target: is required")
	case utf8.RuneCountInString(d.Reason) > maxReason:
		return fmt.Errorf("detail.reason: has %d characters, at most %d", utf8.RuneCountInString(d.Reason), maxReason)
	case d.MaxInstances != nil && *d.MaxInstances < 1:
		return fmt.Errorf("detail.maxInstances: %d must be 1 or more", *d.MaxInstances)
	case d.TimeoutMinutes != nil && (*d.TimeoutMinutes < 1 || *d.TimeoutMinutes > maxMinutes):
		return fmt.Errorf("detail.timeoutMinutes: %d must be 1 to %d", *d.TimeoutMinutes, maxMinutes)
	}
	req.Trigger.Reason, req.DryRun = tidy(d.Reason, maxReason), d.DryRun
	if d.MaxInstances != nil {
		req.MaxInstances = min(*d.MaxInstances, s.MaxInstances)
	}
	if d.TimeoutMinutes != nil {
		req.Timeout = time.Duration(*d.TimeoutMinutes) * time.Minute
	}
	var err error
	req.Target, err = d.Target.check("detail.target")
	return err
}

// check holds a target to its rules; at is its path in messages.
func (t *target) check(at string) (shutdown.Target, error) {
	switch {
	case (t.InstanceIDs == nil) == (t.Filter == nil):
		return shutdown.Target{}, fmt.Errorf("%s: must have exactly one of instanceIds and filter", at)
	case t.Filter != nil:
		return shutdown.Target{Filter: t.Filter}, checkFilter(*t.Filter, at+".filter")
	}
	ids, err := checkIDs(*t.InstanceIDs, at+".instanceIds")
	return shutdown.Target{InstanceIDs: ids}, err
}

// checkIDs returns the ids without duplicates, in order.
func checkIDs(ids []string, at string) ([]string, error) {
	if len(ids) == 0 || len(ids) > MaxIDs {
		return nil, fmt.Errorf("%s: has %d ids, must be 1 to %d", at, len(ids), MaxIDs)
	}
	seen := make(map[string]bool, len(ids))
	var unique []string
	for i, id := range ids {
		if !shutdown.ValidID(id) {
			return nil, fmt.Errorf("%s[%d]: %s must be 1 to 64 letters, digits, - and _", at, i, quote(id))
		}
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	return unique, nil
}

func checkFilter(f zenlayer.Filter, at string) error {
	if f.Empty() {
		return fmt.Errorf("%s: must have at least one field: it would match the whole account", at)
	}
	for field, text := range map[string]string{"zoneId": f.ZoneID, "resourceGroupId": f.ResourceGroupID, "instanceName": f.InstanceName, "hostname": f.Hostname} {
		if len(text) > maxText {
			return fmt.Errorf("%s.%s: has %d bytes, at most %d", at, field, len(text), maxText)
		}
		if strings.Trim(text, "* ") == "" && text != "" {
			return fmt.Errorf("%s.%s: %s would match every instance", at, field, quote(text))
		}
	}
	if len(f.TagKeys) > maxTags || len(f.Tags) > maxTags {
		return fmt.Errorf("%s: has %d tagKeys and %d tags, at most %d of each", at, len(f.TagKeys), len(f.Tags), maxTags)
	}
	for i, key := range f.TagKeys {
		if key == "" || len(key) > maxText {
			return fmt.Errorf("%s.tagKeys[%d]: must have 1 to %d bytes", at, i, maxText)
		}
	}
	for i, tag := range f.Tags {
		if tag.Key == "" || len(tag.Key) > maxText || len(tag.Value) > 2*maxText {
			return fmt.Errorf("%s.tags[%d]: must have a key of 1 to %d bytes, and a value of at most %d", at, i, maxText, 2*maxText)
		}
	}
	return nil
}

// strict decodes raw and refuses what is unknown, repeated, null, empty text in
// a filter, or of another type; at is the path of raw in messages.
func strict(raw []byte, at string, into any) error {
	if err := refuseNullAndEmpty(raw, at); err != nil {
		return err
	}
	err := json.Unmarshal(raw, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		where := at + dotted(e.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Errorf("%s: unknown field%s", where, suggestion(e.JSONPointer.LastToken(), e.GoType))
		}
		return fmt.Errorf("%s: is a JSON %s, must be %s", where, e.JSONKind, typeName(e.GoType))
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && errors.Is(err, jsontext.ErrDuplicateName) {
		return fmt.Errorf("%s%s: stands there twice", at, dotted(e.JSONPointer))
	}
	return fmt.Errorf("%s: is not valid JSON", at)
}

// refuseNullAndEmpty walks the tokens. A null would decode as if the field were
// not there, and so would an empty text in a filter.
func refuseNullAndEmpty(raw []byte, at string) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && errors.Is(err, jsontext.ErrDuplicateName) {
				return fmt.Errorf("%s%s: stands there twice", at, dotted(e.JSONPointer))
			}
			return fmt.Errorf("%s: is not valid JSON", at)
		}
		where := dotted(dec.StackPointer())
		if tok.Kind() == 'n' {
			return fmt.Errorf("%s%s: is null; leave the field out instead", at, where)
		}
		if tok.Kind() == '"' && tok.String() == "" && strings.Contains(where, ".filter.") && !strings.HasSuffix(where, ".value") {
			return fmt.Errorf("%s%s: must not be empty", at, where)
		}
	}
}

// dotted writes a JSON pointer as a path: /target/tags/0 becomes .target.tags[0].
func dotted(p jsontext.Pointer) string {
	var b strings.Builder
	for tok := range p.Tokens() {
		if strings.Trim(tok, "0123456789") == "" && tok != "" {
			b.WriteString("[" + tok + "]")
		} else {
			b.WriteString("." + tidy(tok, 40))
		}
	}
	return b.String()
}

func typeName(t reflect.Type) string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil:
		return "something else"
	case t.Kind() == reflect.Struct:
		return "an object"
	case t.Kind() == reflect.Slice:
		return "an array"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	default:
		return "a string"
	}
}

// suggestion lists the fields there are, and the one that was likely meant.
func suggestion(name string, t reflect.Type) string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return ""
	}
	var known []string
	meant := ""
	for f := range t.Fields() {
		field, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known = append(known, field)
		if strings.EqualFold(field, name) || distance(strings.ToLower(field), strings.ToLower(name)) <= 2 {
			meant = fmt.Sprintf("; did you mean %q?", field)
		}
	}
	return meant + " (known: " + strings.Join(known, ", ") + ")"
}

// distance is the Levenshtein distance; texts over 40 bytes are far from all.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 99
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
