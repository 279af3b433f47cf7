package zenlayer

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// BenchmarkSign measures the signature of a call that names 100 instances.
func BenchmarkSign(b *testing.B) {
	body := bytes.Repeat([]byte(`"instance-00000000001",`), 100)
	cred := Credentials{AccessKeyID: "id", AccessKeyPassword: canary}
	at := time.Unix(1_700_000_000, 0)
	b.ReportAllocs()
	for b.Loop() {
		if authorization(cred, contentType, "console.zenlayer.com", body, at) == "" {
			b.Fatal("no signature")
		}
	}
}

// BenchmarkDecodePageOf100 measures the answer of a look at 100 instances.
func BenchmarkDecodePageOf100(b *testing.B) {
	var rows bytes.Buffer
	for i := range 100 {
		if i > 0 {
			rows.WriteByte(',')
		}
		fmt.Fprintf(&rows, `{"instanceId":"instance-%011d","instanceName":"machine %d","hostname":"host-%d","instanceStatus":"STOPPING","zoneId":"HKG-A","resourceGroupId":"rg",`+
			`"instanceTypeId":"M8C","imageId":"ubuntu","primaryPublicIpAddress":"192.0.2.1","period":null,"tags":{"tags":[{"key":"env","value":"lab"},{"key":"power","value":"nightly"}]}}`, i, i, i)
	}
	answer := response(fmt.Appendf(nil, `{"requestId":"r","totalCount":100,"dataSet":[%s]}`, rows.Bytes()))
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		if page, err := decodePage(answer); err != nil || len(page.Instances) != 100 {
			b.Fatal(len(page.Instances), err)
		}
	}
}
