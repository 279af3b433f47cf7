package zenlayer

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// rowsOf decodes a page that holds these rows.
func rowsOf(t rapid.TB, rows ...string) Page {
	t.Helper()
	got, err := decodePage(response(fmt.Sprintf(`{"requestId":"r","totalCount":%d,"dataSet":[%s]}`, len(rows), strings.Join(rows, ","))))
	if err != nil {
		t.Fatalf("%s: %v", rows, err)
	}
	return got
}

const notTags = `tags are not {"tags":[{"key","value"}]}`

func TestAFieldThatCannotBeReadIsNamedAndTheStatusStillCounts(t *testing.T) {
	for members, want := range map[string]struct{ unreadable, status string }{
		`"instanceStatus":"RUNNING"`:                                         {"", "RUNNING"},
		`"instanceStatus":"RUNNING","hostname":null,"zoneId":"","tags":null`: {"", "RUNNING"},
		`"instanceStatus":"RUNNING","instanceName":7`:                        {"instanceName is a number", "RUNNING"},
		`"instanceStatus":"RUNNING","hostname":["h"]`:                        {"hostname is a list", "RUNNING"},
		`"instanceStatus":"RUNNING","zoneId":{"id":"z"}`:                     {"zoneId is an object", "RUNNING"},
		`"instanceStatus":"RUNNING","resourceGroupId":false`:                 {"resourceGroupId is true or false", "RUNNING"},
		`"instanceStatus":"STOPPED","tags":"zenstop-protect"`:                {notTags, "STOPPED"},
		`"instanceStatus":"STOPPED","tags":7,"hostname":7`:                   {notTags + ", hostname is a numb…", "STOPPED"},
		`"tags":null`:           {"instanceStatus is missing", ""},
		`"instanceStatus":null`: {"instanceStatus is missing", ""},
		`"instanceStatus":""`:   {"instanceStatus is missing", ""},
		`"instanceStatus":1`:    {"instanceStatus is a number", ""},
		`"instanceStatus":"RUNNING","instanceStatus":"STOPPED"`:                    {"instanceStatus is there twice", ""},
		`"instanceStatus":"RUNNING","instanceStatus":"RUNNING"`:                    {"", "RUNNING"},
		`"instanceStatus":"RUNNING","instance\u0053tatus":"STOPPED"`:               {"instanceStatus is there twice", ""},
		`"instanceStatus":"RUNNING","tags":[{"key":"k"}],"tags":null`:              {notTags, "RUNNING"},
		`"instanceStatus":"RUNNING","t\u0061gs":[{"key":"k"}],"tags":null`:         {notTags, "RUNNING"},
		`"instanceStatus":"RUNNING","Tags":{"tags":[{"key":"k"}]}`:                 {notTags, "RUNNING"},
		`"instanceStatus":"RUNNING","period":7,"new":{"instanceStatus":"STOPPED"}`: {"", "RUNNING"},
	} {
		got := rowsOf(t, `{"instanceId":"a",`+members+`}`)
		if in := got.Instances[0]; in.Unreadable != want.unreadable || in.Status != want.status || got.Nameless != 0 {
			t.Errorf("%s: %+v, want %+v", members, in, want)
		}
	}
}

// An instance whose protect tag cannot be read must not look unprotected.
func TestTagsOfAnotherShapeAreUnreadable(t *testing.T) {
	for _, tags := range []string{
		`"zenstop-protect"`, `""`, `7`, `false`, `{"zenstop-protect":"yes"}`, `{"items":[]}`, `{"tags":[],"more":[]}`, `{"tags":{}}`, `{"tags":"k"}`, `{"tags":7}`,
		`{"tags":{"tags":[{"key":"k"}]}}`, `{"Tags":[]}`, `{"tags":[],"tags":[{"key":"k"}]}`, `["k"]`, `[null]`, `[7]`, `[[]]`, `[{}]`, `[{"value":"v"}]`, `[{"Key":"k"}]`,
		`[{"tagKey":"k","tagValue":"v"}]`, `[{"key":""}]`, `[{"key":null}]`, `[{"key":7}]`, `[{"key":{}}]`, `[{"key":"k","value":7}]`, `[{"key":"k","value":[]}]`, `[{"key":"k","value":{}}]`,
		`[{"key":"k","value":true}]`, `[{"key":"k","key":"l"}]`, `[{"key":"k","value":"v","value":"w"}]`, `[{"key":"k"},{"value":"v"}]`, `{"tags":[{"key":"k"},"l"]}`,
		"[{\"key\":\"k\xff\"}]", `[{"key":"k\ud800"}]`,
	} {
		got := rowsOf(t, `{"instanceId":"a","instanceStatus":"RUNNING","tags":`+tags+`}`).Instances[0]
		if got.Unreadable != notTags || got.Tags != nil || got.Status != StatusRunning {
			t.Errorf("%s: %+v", tags, got)
		}
	}
	for _, tags := range []string{`{"tags":[{"key":"k"}],"tags":[{"key":"k"}]}`, `[{"key":"k","key":"k","new":{"tagKey":"l"}}]`, `[{"k\u0065y":"\u006b"}]`} {
		got := rowsOf(t, `{"instanceId":"a","instanceStatus":"RUNNING","tags":`+tags+`}`).Instances[0]
		if got.Unreadable != "" || !slices.Equal(got.Tags, []Tag{{Key: "k"}}) {
			t.Errorf("%s: %+v", tags, got)
		}
	}
}

func TestARowWhoseIDCannotBeReadIsCounted(t *testing.T) {
	for _, row := range []string{
		`null`, `"a"`, `7`, `[]`, `{}`, `{"instanceId":null}`, `{"instanceId":""}`, `{"instanceId":7}`, `{"instanceId":["a"]}`, `{"instanceId":"a b"}`, `{"instanceId":"a\n"}`, `{"instanceId":"é"}`,
		`{"instanceId":"a","instanceId":"b"}`, `{"InstanceId":"a"}`, `{"instanceId":"` + strings.Repeat("i", 65) + `"}`, "{\"instanceId\":\"a\xff\"}",
	} {
		if got := rowsOf(t, row, goodRow(1)); got.Nameless != 1 || len(got.Instances) != 1 || got.Instances[0].ID != "i-001" {
			t.Errorf("%s: %+v", row, got)
		}
	}
	if got := rowsOf(t, `{"instanceId":"`+strings.Repeat("i", 64)+`"}`, `{"instanceId":"aZ0-_"}`); got.Nameless != 0 || len(got.Instances) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestAnIDThatComesTwiceIsOneInstanceWhichIsUnreadableWhereTheRowsDiffer(t *testing.T) {
	same, other := goodRow(1), strings.Replace(goodRow(1), "RUNNING", "STOPPED", 1)
	protected := strings.Replace(goodRow(1), `"key":"env"`, `"key":"zenstop-protect"`, 1)
	for name, c := range map[string]struct {
		rows       []string
		unreadable bool
	}{
		"equal rows":               {[]string{same, same}, false},
		"equal in all that counts": {[]string{same, strings.Replace(same, `"instanceId"`, `"period":1,"instanceId"`, 1)}, false},
		"another status":           {[]string{same, other}, true},
		"another tag":              {[]string{same, protected}, true},
		"first again at the end":   {[]string{same, other, same}, true},
		"one that is unreadable":   {[]string{same, strings.Replace(same, `"key":"env"`, `"k":1`, 1)}, true},
	} {
		got := rowsOf(t, append(c.rows, goodRow(2))...)
		if len(got.Instances) != 2 || got.Instances[0].ID != "i-001" || got.Instances[1].ID != "i-002" || got.Instances[1].Unreadable != "" {
			t.Fatalf("%s: %+v", name, got)
		}
		want := rowsOf(t, same).Instances[0]
		if c.unreadable {
			want = Instance{ID: "i-001", Unreadable: "is in the answer twice, with different contents"}
		}
		if !reflect.DeepEqual(got.Instances[0], want) {
			t.Errorf("%s: %+v, want %+v", name, got.Instances[0], want)
		}
	}
	if _, err := decodePage(response(`{"totalCount":1,"dataSet":[` + same + "," + same + `]}`)); err != nil {
		t.Errorf("a count of the instances, not of the rows: %v", err)
	}
}

func goodRow(n int) string {
	return fmt.Sprintf(`{"instanceId":"i-%03d","instanceName":"n-%d","instanceStatus":"RUNNING","tags":{"tags":[{"key":"env","value":"lab"}]}}`, n, n)
}

func goodRows() []string {
	rows := make([]string, 100)
	for n := range rows {
		rows[n] = goodRow(n)
	}
	return rows
}

// names are drawn for members and texts, so that what is generated resembles a row.
var names = []string{"instanceId", "instanceName", "hostname", "instanceStatus", "zoneId", "resourceGroupId", "tags", "key", "value", "Key", "tagKey", "items", "", "a", "i-077"}

func quoted(name string) string { return fmt.Sprintf("%q", name) }

// anyJSON draws any JSON of limited depth.
func anyJSON(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kinds := 4
		if depth > 0 {
			kinds = 6
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return rapid.SampledFrom([]string{"null", "true", "false", `"\u0000"`, `"\ud800"`, "\"\xff\""}).Draw(t, "word")
		case 1:
			return rapid.SampledFrom([]string{"0", "-1.5e300", "12345678901234567890123", "1e9999"}).Draw(t, "number")
		case 2, 3:
			return quoted(rapid.SampledFrom(names).Draw(t, "text"))
		case 4:
			return "[" + strings.Join(rapid.SliceOfN(anyJSON(depth-1), 0, 4).Draw(t, "list"), ",") + "]"
		}
		members := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return quoted(rapid.SampledFrom(names).Draw(t, "name")) + ":" + anyJSON(depth-1).Draw(t, "member")
		}), 0, 8).Draw(t, "object")
		return "{" + strings.Join(members, ",") + "}"
	})
}

func TestWhateverStandsInOneRowTheOthersComeOutAsWithoutIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, 99).Draw(t, "at")
		odd := anyJSON(4).Draw(t, "row")
		if rapid.Bool().Draw(t, "named") {
			odd = `{"instanceId":"odd","instanceStatus":"RUNNING",` + quoted(rapid.SampledFrom(names[1:9]).Draw(t, "field")) + ":" + odd + "}"
		}
		rows := goodRows()
		without := rowsOf(t, slices.Delete(slices.Clone(rows), at, at+1)...)
		rows[at] = odd
		with := rowsOf(t, rows...)
		got := map[string]Instance{}
		for _, in := range with.Instances {
			got[in.ID] = in
		}
		for _, in := range without.Instances {
			if in.ID != "i-077" && !reflect.DeepEqual(got[in.ID], in) { // the odd row may have this id
				t.Fatalf("%s at %d: %+v, without it %+v", odd, at, got[in.ID], in)
			}
		}
		if len(got) != len(with.Instances) || len(got)+with.Nameless > 100 || len(got)+with.Nameless < 99 {
			t.Fatalf("%s at %d: %d instances, %d nameless", odd, at, len(with.Instances), with.Nameless)
		}
		for _, in := range with.Instances {
			if why := in.Unreadable; utf8.RuneCountInString(why) > maxUnreadable || strings.ContainsFunc(why, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("%s: %q", odd, why)
			}
		}
	})
}

const protectKey = "zenstop-protect"

// protecting draws tags that hold the protect key anywhere but in the value, or in an
// unknown member, of a tag that has another key: there it means nothing.
func protecting(depth int) *rapid.Generator[string] {
	texts := rapid.SampledFrom([]string{quoted(protectKey), `"zenstop\u002dprotect"`, `"\u007aenstop-protect"`})
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 {
			return texts.Draw(t, "text")
		}
		inner := protecting(rapid.IntRange(0, depth-1).Draw(t, "depth")).Draw(t, "inner")
		name := quoted(rapid.SampledFrom([]string{"tags", "Tags", "items", "key", "Key", "tagKey", "value", "name", "env"}).Draw(t, "name"))
		more := rapid.SampledFrom([]string{"", `{"key":"env","value":"lab"}`, `{"value":"v"}`, "null", "7"}).Draw(t, "more")
		switch rapid.IntRange(0, 7).Draw(t, "shape") {
		case 0:
			return "[" + strings.Trim(more+","+inner, ",") + "]"
		case 1:
			return "[" + strings.Trim(inner+","+more, ",") + "]"
		case 2:
			return "{" + name + ":" + inner + "}"
		case 3:
			return "{" + texts.Draw(t, "text") + ":" + rapid.SampledFrom([]string{"null", `"yes"`, "[]", `{"key":"env"}`}).Draw(t, "other") + "}"
		case 4:
			return `{"tags":` + rapid.SampledFrom([]string{"null", "[]", `[{"key":"env"}]`}).Draw(t, "first") + "," + name + ":" + inner + "}"
		case 5:
			return "{" + name + ":" + inner + `,"tags":` + rapid.SampledFrom([]string{"null", "[]", `[{"key":"env"}]`}).Draw(t, "second") + "}"
		case 6:
			return `{"key":"env","key":` + inner + "}"
		}
		return `{"key":` + rapid.SampledFrom([]string{`""`, "null", "7", inner}).Draw(t, "key") + `,"value":` + inner + "}"
	})
}

func TestARowInWhoseTagsTheProtectKeyStandsAnywhereIsProtectedOrUnreadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tags := protecting(rapid.IntRange(0, 4).Draw(t, "depth")).Draw(t, "tags")
		in := rowsOf(t, `{"instanceId":"a","instanceStatus":"RUNNING","tags":`+tags+`}`).Instances[0]
		found := slices.ContainsFunc(in.Tags, func(t Tag) bool { return t.Key == protectKey })
		if in.Unreadable == "" && !found {
			t.Fatalf("%s is read as %+v", tags, in)
		}
	})
}
