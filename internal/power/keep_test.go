package power

import (
	"testing"
	"time"

	"zenstop/internal/zenlayer"
)

const keepTag = "zenstop-keep-until"

// withTags is RUNNING, with these tags.
func withTags(tags ...zenlayer.Tag) Sighting {
	return Sighting{Row: zenlayer.Instance{Status: zenlayer.StatusRunning, Tags: tags}}
}

func keepUntil(second int) Sighting {
	return withTags(zenlayer.Tag{Key: keepTag, Value: at(second).Format(time.RFC3339)})
}

var keeping = Rules{Action: Stop, ProtectTagKey: "zenstop-protect", KeepTagKey: keepTag}

func TestAKeepTagKeepsAnInstanceUntilItsTimeAndNotLonger(t *testing.T) {
	cases := map[string]struct {
		Sighting Sighting
		verdict  Verdict
		until    int // 0: nobody comes back
		note     string
	}{
		"a time to come":                 {keepUntil(60), Kept, 60, "is kept until " + at(60).Format(time.RFC3339)},
		"a time that has passed":         {keepUntil(-1), Open, 0, ""},
		"a time that comes just now":     {keepUntil(0), Open, 0, ""},
		"no time that can be read":       {withTags(zenlayer.Tag{Key: keepTag, Value: "tomorrow"}), Kept, 0, `the tag zenstop-keep-until has no time that can be read: "tomorrow"`},
		"an empty value":                 {withTags(zenlayer.Tag{Key: keepTag}), Kept, 0, `the tag zenstop-keep-until has no time that can be read: ""`},
		"a time that is too far ahead":   {keepUntil(101 * 86400), Kept, 0, "the tag zenstop-keep-until names a time more than 100 days ahead"},
		"the protect tag beside it":      {withTags(zenlayer.Tag{Key: keepTag, Value: "2100-01-01"}, zenlayer.Tag{Key: "zenstop-protect"}), Protected, 0, "carries the tag zenstop-protect"},
		"the protect tag, unseen ends":   {withTags(zenlayer.Tag{Key: "\u200bzenstop-protect\ufeff"}), Protected, 0, `the tag "\u200bzenstop-protect\ufeff" counts as zenstop-protect`},
		"the protect tag, misspelt":      {withTags(zenlayer.Tag{Key: " Zenstop-Protect"}), Protected, 0, `the tag " Zenstop-Protect" counts as zenstop-protect`},
		"the keep tag, misspelt":         {withTags(zenlayer.Tag{Key: "Zenstop-Keep-Until ", Value: at(60).Format(time.RFC3339)}), Kept, 60, "is kept until " + at(60).Format(time.RFC3339) + `; the tag "Zenstop-Keep-Until " counts as zenstop-keep-until`},
		"two keep tags":                  {withTags(zenlayer.Tag{Key: keepTag, Value: at(60).Format(time.RFC3339)}, zenlayer.Tag{Key: "ZENSTOP-KEEP-UNTIL", Value: at(-60).Format(time.RFC3339)}), Kept, 60, "is kept until " + at(60).Format(time.RFC3339)},
		"another tag":                    {withTags(zenlayer.Tag{Key: "keep", Value: "2100-01-01"}), Open, 0, ""},
		"a date, and no known time zone": {withTags(zenlayer.Tag{Key: keepTag, Value: "1999-12-31"}), Kept, 0, `the tag zenstop-keep-until needs ScheduleTimezone, which is not a valid IANA time zone: "1999-12-31"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var in Instance
			in.Observe(c.Sighting, keeping, at(0))
			if in.Verdict != c.verdict || in.Note != c.note || (in.KeepUntil != nil) != (c.until != 0) || c.until != 0 && !in.KeepUntil.Equal(at(c.until)) {
				t.Errorf("%q until %v: %q", in.Verdict, in.KeepUntil, in.Note)
			}
		})
	}
}

func TestWhatWasAskedToStopIsWatchedAndNotAskedAgainWhenItGetsTheKeepTag(t *testing.T) {
	in := Instance{Before: zenlayer.StatusRunning, Memory: Memory{AskedAt: at(0).Unix()}, Requests: 1}
	in.Observe(keepUntil(10_000), keeping, at(600))
	if in.Verdict != Open || Stop.Due(&in, at(600), at(3600)) {
		t.Errorf("verdict %q, a stop is due: %v", in.Verdict, Stop.Due(&in, at(600), at(3600)))
	}
}

func TestAKeepThatIsPutOffIsKeptAgainABoundedNumberOfTimes(t *testing.T) {
	in := Instance{}
	for n := range MostKeeps + 2 {
		in.Verdict = Open
		in.Observe(keepUntil(100*(n+1)), keeping, at(100*n))
		if back := in.KeepUntil != nil; in.Verdict != Kept || back != (n <= MostKeeps) {
			t.Fatalf("put off %d times: verdict %q, a run comes back: %v", n, in.Verdict, back)
		}
	}
	if in.Note != "is kept until "+at(100*(MostKeeps+2)).Format(time.RFC3339)+"; it was put off 21 times" {
		t.Errorf("note %q", in.Note)
	}
}

func TestTheSameTimeReadAgainIsNoPuttingOff(t *testing.T) {
	in := Instance{}
	for range 50 {
		in.Verdict = Open
		in.Observe(keepUntil(1000), keeping, at(1))
	}
	if in.Keeps != 0 || in.KeepUntil == nil {
		t.Errorf("put off %d times", in.Keeps)
	}
}

func TestACheckOnlySaysWhoIsUpAndNeverAsksForAStop(t *testing.T) {
	only := keeping
	only.CheckOnly = true
	status := func(s string) Sighting { return Sighting{Row: zenlayer.Instance{Status: s}} }
	cases := map[string]struct {
		seen []Sighting // 10 s apart
		want Verdict
	}{
		"STOPPED":                {[]Sighting{status("STOPPED"), status("STOPPED")}, AlreadyStopped},
		"STOPPED once":           {[]Sighting{status("STOPPED")}, Open},
		"RUNNING once":           {[]Sighting{status("RUNNING")}, Open},
		"RUNNING twice":          {[]Sighting{status("RUNNING"), status("RUNNING")}, Running},
		"a glitch between":       {[]Sighting{status("RUNNING"), status("STOPPED"), status("STOPPED")}, AlreadyStopped},
		"BOOTING is up too":      {[]Sighting{status("BOOTING"), status("RUNNING")}, Running},
		"STOPPING is waited for": {[]Sighting{status("STOPPING"), status("STOPPING"), status("STOPPING")}, Open},
		"STOPPING, then STOPPED": {[]Sighting{status("STOPPING"), status("STOPPED"), status("STOPPED")}, AlreadyStopped},
		"STOPPED, then up again": {[]Sighting{status("STOPPED"), status("RUNNING"), status("RUNNING")}, Running},
		"in the recycle bin":     {[]Sighting{status("RECYCLE"), status("RECYCLE")}, Recycled},
		"absent three times":     {[]Sighting{{Absent: true}, {Absent: true}, status(""), {Absent: true}}, Open},
		"kept":                   {[]Sighting{keepUntil(1000)}, Kept},
		"protected":              {[]Sighting{withTags(zenlayer.Tag{Key: "zenstop-protect"})}, Protected},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var in Instance
			for i, s := range c.seen {
				in.Observe(s, only, at(10*i))
			}
			if in.Verdict != c.want {
				t.Errorf("%q, want %q", in.Verdict, c.want)
			}
		})
	}
}

// A finding of the campaign: the function crashed after the stop request that followed the
// keep, or its answer was lost, so no document knows of it.
func TestAMachineThatWentDownAfterItsKeepWasStoppedByThisRunWhateverItsTagsSayThen(t *testing.T) {
	protected := func(status string) Sighting {
		return Sighting{Row: zenlayer.Instance{Status: status, Tags: []zenlayer.Tag{{Key: "zenstop-protect"}}}}
	}
	for name, c := range map[string]struct {
		story []Sighting
		want  Verdict
	}{
		"down without the protect tag":   {[]Sighting{seen("STOPPED"), seen("STOPPED")}, Stopped},
		"on its way, and then protected": {[]Sighting{protected("STOPPING")}, Open},
		"down, and then protected":       {[]Sighting{protected("STOPPING"), protected("STOPPED"), protected("STOPPED")}, Stopped},
		"up, and protected":              {[]Sighting{protected("RUNNING")}, Protected},
	} {
		in := &Instance{ID: "i"}
		in.Observe(keepUntil(60), keeping, at(0))
		if in.EndKeep(at(60)); in.Verdict != Open {
			t.Fatalf("%s: %s at the end of the keep", name, in.Verdict)
		}
		for n, s := range c.story {
			in.Observe(s, keeping, at(80+20*n))
		}
		if in.Verdict != c.want {
			t.Errorf("%s: %q, want %q", name, in.Verdict, c.want)
		}
	}
}

// A finding of a review: the run that came back knew nothing of the restart, and stopped the
// machine again.
func TestAtTheDeadlineAMachineWhoseKeepHasEndedGoesOnInTheNextRunUnlessSomebodyHasStartedIt(t *testing.T) {
	for name, c := range map[string]struct {
		story []Sighting
		want  Verdict
	}{
		"nothing came of it yet":    {[]Sighting{seen("RUNNING")}, Kept},
		"it is on its way":          {[]Sighting{seen("RUNNING"), seen("STOPPING")}, Kept},
		"it was STOPPED just now":   {[]Sighting{seen("RUNNING"), seen("STOPPING"), seen("STOPPED")}, Kept},
		"somebody has started it":   {[]Sighting{seen("RUNNING"), seen("STOPPED"), seen("BOOTING")}, TimedOut},
		"it is RUNNING again":       {[]Sighting{seen("RUNNING"), seen("STOPPING"), seen("RUNNING")}, TimedOut},
		"nobody has seen it at all": {nil, Kept},
	} {
		in := &Instance{ID: "i"}
		in.Observe(keepUntil(60), keeping, at(0))
		in.EndKeep(at(60))
		for n, s := range c.story {
			if in.Observe(s, keeping, at(61+20*n)); n == 0 {
				in.accepted(at(70))
			}
		}
		if Stop.TimeOut(in); in.Verdict != c.want {
			t.Errorf("%s: %q, want %q", name, in.Verdict, c.want)
		}
	}
}
