package zenlayer

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"zenstop/internal/text"
)

// FuzzDecodeAnswer looks for an answer that causes a panic or a long error, or that
// counts as a success although the standard decoder finds no response in it.
func FuzzDecodeAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}
		raw, err := read(actionDescribe, resp, Credentials{AccessKeyID: "key-id-1", AccessKeyPassword: canary}, time.Time{})
		if err != nil {
			checkFailure(t, err)
			return
		}
		if status != http.StatusOK || !succeeds(body) {
			t.Errorf("HTTP %d %q is a success", status, body)
		}
		page, err := decodePage(raw)
		if err != nil && len(page.Instances) > 0 {
			t.Errorf("%v, yet it has rows", err)
		}
		if n := len(page.Instances) + page.Nameless; n > page.TotalCount || page.TotalCount > mostRows {
			t.Errorf("%d rows of %d", n, page.TotalCount)
		}
		seen := map[string]bool{}
		for _, in := range page.Instances {
			if !text.MadeOf(in.ID, text.Names, 1, 64) || seen[in.ID] || in.Status == "" && in.Unreadable == "" {
				t.Errorf("%+v", in)
			}
			seen[in.ID] = true
		}
	})
}

func checkFailure(t *testing.T, err error) {
	t.Helper()
	shown, kind := err.Error(), KindOf(err)
	if kind <= KindNone || kind >= KindUnknown {
		t.Errorf("%v is of kind %d", err, kind)
	}
	if MayHaveLanded(err) && kind != KindUnavailable {
		t.Errorf("%v of kind %d may have landed", err, kind)
	}
	if utf8.RuneCountInString(shown) > 1000 || strings.ContainsAny(shown, "\r\n\x00") || strings.Contains(shown, canary) {
		t.Errorf("%d bytes: %q", len(shown), shown)
	}
}

// succeeds applies the vendor's rule with the standard decoder.
func succeeds(body []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return false
	}
	code := string(members["code"])
	return bytes.HasPrefix(members["response"], []byte("{")) && (code == "" || code == "null" || code == `""`)
}
