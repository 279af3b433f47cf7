package plots_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zenstop/internal/bench/plots"
)

// texts reads every text of an SVG file.
func texts(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all strings.Builder
	for dec := xml.NewDecoder(file); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			t.Fatalf("%s is not XML: %v", path, err)
		}
		if text, ok := token.(xml.CharData); ok {
			all.Write(text)
		}
	}
}

func TestAPlotNamesItsAxesAndEverySeries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.svg")
	some := []plots.XY{{X: 100, Y: 3}, {X: 10_000, Y: 210}}
	for name, log := range map[string]bool{"linear": false, "logarithmic": true} {
		err := plots.Write(path, plots.Panel{
			Title: "Calls", X: "instances", Y: "calls", Log: log,
			Lines: []plots.Series{{Name: "ideal", XY: some}}, Points: []plots.Series{{Name: "zenstop", XY: some}},
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, want := range []string{"Calls", "instances", "calls", "ideal", "zenstop"} {
			if got := texts(t, path); !strings.Contains(got, want) {
				t.Errorf("%s: no %q among the texts %q", name, want, got)
			}
		}
	}
}

func TestABarHasItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.svg")
	if err := plots.WriteBars(path, "Start", "milliseconds", []plots.Bar{{Name: "StopFunction", Value: 5}, {Name: "empty", Value: 3}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Start", "milliseconds", "StopFunction", "empty"} {
		if got := texts(t, path); !strings.Contains(got, want) {
			t.Errorf("no %q among the texts %q", want, got)
		}
	}
}
