package picture_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/picture"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

var update = flag.Bool("update", false, "write the picture of a bad night into docs/picture.svg, and its message into README.md")

const (
	sample = "../../../docs/picture.svg"
	readme = "../../../README.md"
)

// drawing is HTML or SVG.
type drawing = func(io.Writer, []picture.Moment) error

func draw(t *testing.T, f drawing, moments []picture.Moment) string {
	t.Helper()
	var out bytes.Buffer
	if err := f(&out, moments); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheSampleShowsWhatABadNightComesTo(t *testing.T) {
	got := draw(t, picture.SVG, moments(t, badNight()))
	if *update {
		if err := os.WriteFile(sample, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(sample)
	if err != nil || string(want) != got {
		t.Errorf("%s is stale (error %v); go test ./internal/proof/picture -update draws it anew", sample, err)
	}
}

// The README shows the message of the run in the picture, as the topic gets it.
func TestTheMessageInTheReadmeIsThatOfTheRunInThePicture(t *testing.T) {
	all := moments(t, badNight())
	last := all[len(all)-1]
	notice := runs.Runner{Now: func() time.Time { return last.At }}.Report(runs.Ending{Run: last.Run}).Notice
	want := fmt.Sprintf("<!-- message:begin -->\n```text\nSubject: %s\n\n%s\n```\n", notice.Subject, notice.Message)
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), "<!-- message:begin -->")
	_, after, closed := strings.Cut(rest, "<!-- message:end -->")
	if *update && found && closed {
		text = []byte(before + want + "<!-- message:end -->" + after)
		if err := os.WriteFile(readme, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(string(text), want+"<!-- message:end -->") {
		t.Errorf("%s does not show the message\n%s\ngo test ./internal/proof/picture -update writes it anew", readme, want)
	}
}

// texts are the visible texts of a page, and those to hover over.
func texts(page string) string {
	return regexp.MustCompile(`<style>[^<]*</style>|<[^>]*>`).ReplaceAllString(page, " ")
}

func TestAPageSaysWhichInstancesAreNotStoppedSinceWhenAndWhy(t *testing.T) {
	page := strings.Join(strings.Fields(texts(draw(t, picture.HTML, moments(t, badNight())))), " ")
	for _, want := range []string{
		"NOT STOPPED: 6 of 13 5 of 13 instances stopped",
		"db-01.prod bmc-db-01 TIMED_OUT RUNNING in every look, since 19:00:00 3 last seen RUNNING, 3 requests accepted",
		"db-02.prod bmc-db-02 RESTARTED RUNNING since 19:04:",
		"cache-02.lab bmc-cache-02 REFUSED RUNNING in every look, since 19:00:00 0 Zenlayer rejects its stop: OPERATION_DENIED_INSTANCE_SUBSCRIPTION_EXPIRED",
		"9 times CheckStatus Zenlayer.Unavailable",
		"deadline 19:20:00",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
}

func TestAPictureLoadsNothingAndHasNoScript(t *testing.T) {
	outside := regexp.MustCompile(`(?i)<script|<link|<iframe|<img|javascript:|\son\w+=|href=|src=|@import|url\([^#]|https?://[^"]*`)
	for name, f := range map[string]drawing{"HTML": picture.HTML, "SVG": picture.SVG} {
		found := outside.FindAllString(draw(t, f, moments(t, badNight())), -1)
		if found = slices.DeleteFunc(found, func(s string) bool { return s == "http://www.w3.org/2000/svg" }); len(found) > 0 {
			t.Errorf("the %s has %q", name, found)
		}
	}
}

// evilNight is a run in which every text from outside is hostile.
func evilNight(t *testing.T) []picture.Moment {
	t.Helper()
	all := moments(t, sim.Scenario{Instances: []sim.Instance{
		{ID: "it", Name: hostile, RefusesStop: "INVALID_" + hostile},
		{ID: "odd", Name: "odd", OddStatus: hostile},
	}})
	for i := range all {
		m := &all[i]
		m.Run.Name, m.Run.Trigger.Name, m.Run.Trigger.Reason = "run-"+hostile, hostile, hostile
		m.Run.Notes, m.Run.Summary = []string{hostile + "\x00\x01"}, m.Run.Summary+hostile
	}
	failed := all[len(all)-2]
	failed.Error, failed.Cause = hostile, hostile
	return append(all, failed)
}

func TestTextsFromOutsideAreTextAndNoElements(t *testing.T) {
	all := evilNight(t)
	for name, f := range map[string]drawing{"HTML": picture.HTML, "SVG": picture.SVG} {
		out := draw(t, f, all)
		if strings.Contains(strings.ToLower(out), "<script") || !strings.Contains(out, "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;") {
			t.Errorf("the %s does not show the name escaped", name)
		}
	}
}

func TestAnImageIsWellFormedXML(t *testing.T) {
	for name, all := range map[string][]picture.Moment{"a bad night": moments(t, badNight()), "a hostile one": evilNight(t)} {
		d := xml.NewDecoder(strings.NewReader(draw(t, picture.SVG, all)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

func TestAHistoryWithoutADocumentIsNotDrawn(t *testing.T) {
	for _, f := range []drawing{picture.HTML, picture.SVG} {
		if err := f(io.Discard, []picture.Moment{{State: "Plan", Error: "X"}}); !errors.Is(err, picture.ErrNothing) {
			t.Errorf("error %v, want %v", err, picture.ErrNothing)
		}
	}
}

func TestTheOrderOfTheMomentsDoesNotMatter(t *testing.T) {
	all := moments(t, badNight())
	want := draw(t, picture.HTML, all)
	half := len(all) / 2
	if got := draw(t, picture.HTML, slices.Concat(all[half:], all[:half])); got != want {
		t.Error("the picture differs")
	}
}
