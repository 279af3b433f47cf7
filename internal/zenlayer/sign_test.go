package zenlayer

import (
	"strings"
	"testing"
	"time"
)

// The first answer is published in the vendor's documentation (a sample key
// pair, not a secret); the second was computed by an independent program.
func TestSignatureMatchesTheKnownAnswers(t *testing.T) {
	cases := map[string]struct {
		cred              Credentials
		contentType, body string
		at                int64
		want              string
	}{
		"the vendor's own": {
			Credentials{AccessKeyID: "0D9UtpyKYcHxms5v", AccessKeyPassword: "Gu5t9xGARNpq86cd98joQYCN3"},
			"application/json; charset=utf-8", `{"pageSize":10,"pageNum":1,"zoneId":"HKG-A"}`, 1673361177,
			"efb356c32e55c781e10dc676da59462c22596d82e91c57803666243379555b2f",
		},
		"an independent program's": {
			Credentials{AccessKeyID: "id", AccessKeyPassword: "secret"},
			"application/json", `{"instanceIds":["instanceId1","instanceId2"]}`, 1700000000,
			"e2b5ca8c5181df53bea930c02db2485d6d0628ee21427b4af453eb1b155a6bbf",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := authorization(c.cred, c.contentType, "console.zenlayer.com", []byte(c.body), time.Unix(c.at, 0))
			want := "ZC2-HMAC-SHA256 Credential=" + c.cred.AccessKeyID + ", SignedHeaders=content-type;host, Signature=" + c.want
			if got != want {
				t.Errorf("authorization\n got %s\nwant %s", got, want)
			}
			changed := authorization(c.cred, c.contentType, "console.zenlayer.com", []byte(strings.Replace(c.body, "1", "2", 1)), time.Unix(c.at, 0))
			if changed == got {
				t.Error("another body gives the same signature")
			}
		})
	}
}
