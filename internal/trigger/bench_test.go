package trigger_test

import (
	"os"
	"testing"
	"time"

	"zenstop/internal/trigger"
)

// BenchmarkDecode measures the samples of a request and of an alarm.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"request-ids", "alarm-instance"} {
		b.Run(name, func(b *testing.B) {
			payload, err := os.ReadFile("../../events/" + name + ".json")
			if err != nil {
				b.Fatal(err)
			}
			settings := stack()
			settings.MaxEventAge = 100 * 365 * 24 * time.Hour // the time of the samples is fixed
			b.ReportAllocs()
			for b.Loop() {
				if ev := trigger.Decode(payload, settings, now); ev.Objection != "" {
					b.Fatal(ev.Objection)
				}
			}
		})
	}
}
