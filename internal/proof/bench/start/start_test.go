package start

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"zenstop/internal/runs"
)

const checkout = "../../../.."

func TestBothFunctionsAreMeasuredBesideAnEmptyOne(t *testing.T) {
	got, err := Measure(t.Context(), checkout, 2)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range got.Functions {
		names = append(names, f.Name)
		if f.Start <= 0 || f.Ratio <= 0 || f.Zip <= 0 || f.Zip >= f.Binary {
			t.Errorf("%+v: something was not measured", f)
		}
		if f.Zip > 3_550_000 || f.Package <= f.Zip || f.Package > 7_500_000 {
			t.Errorf("zipped, a binary of %s has %d bytes and the package %d, want at most 3,550,000 and 7,500,000", f.Name, f.Zip, f.Package)
		}
	}
	if want := "StopFunction StatusFunction empty"; strings.Join(names, " ") != want {
		t.Errorf("measured %v, want %s", names, want)
	}
	if ratio := got.Functions[2].Ratio; ratio != 1 {
		t.Errorf("the empty function has the ratio %v to itself, want 1", ratio)
	}
	if got.Picking == 0 {
		t.Error("the start through functions/bootstrap was not measured")
	}
	if (got.Plan.PeakMemory > 0) != (runtime.GOOS == "linux") {
		t.Errorf("a peak of %d bytes on %s", got.Plan.PeakMemory, runtime.GOOS)
	}
	if got.Plan.SecretReads != 1 {
		t.Errorf("two plans read the secret %d times, want once", got.Plan.SecretReads)
	}
	if all := got.Plan.Connections; all > runs.SideBySide {
		t.Errorf("two plans opened %d connections to Zenlayer, want one for each of %d calls side by side at most", all, runs.SideBySide)
	}
}

func TestAFunctionWithAWrongSettingEndsWithStatus1AndNamesTheSetting(t *testing.T) {
	b := builder{root: checkout, dir: t.TempDir(), system: runtime.GOOS, processor: runtime.GOARCH}
	for _, s := range sources()[:2] {
		program, err := b.build(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		p, err := launch(t.Context(), program, "https://user:canary@zenlayer.invalid", "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = wait(t.Context(), p, p.api.asked)
		p.end()
		if err == nil || !strings.Contains(err.Error(), "ZENLAYER_ENDPOINT (from ZenlayerEndpoint): must be https://") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: error %v, want one that names the setting and hides its value", s.name, err)
		}
		if code := p.cmd.ProcessState.ExitCode(); code != 1 {
			t.Errorf("%s ended with status %d, want 1", s.name, code)
		}
	}
}

func TestTheFunctionsAreBuiltWithTheFlagsOfTheDeployment(t *testing.T) {
	rules, err := os.ReadFile(filepath.Join(checkout, "functions", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range append(flags(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "GOWORK=off", "GOAMD64=v1", "GOARM64=v8.0") {
		if !strings.Contains(string(rules), flag) {
			t.Errorf("functions/Makefile has no %s", flag)
		}
	}
}

func TestWhatDoesNotBuildIsAnErrorWithTheWordsOfTheCompiler(t *testing.T) {
	b := builder{root: checkout, dir: t.TempDir(), system: runtime.GOOS, processor: runtime.GOARCH}
	_, err := b.build(t.Context(), source{"missing", "./functions/missing"})
	if err == nil || !strings.Contains(err.Error(), "functions/missing") || !strings.Contains(err.Error(), "not found") {
		t.Errorf("error %v, want what go build says", err)
	}
}

func TestTheMedianIsTheMiddleOneOrTheLowerOfTwo(t *testing.T) {
	for _, c := range []struct {
		times []time.Duration
		want  time.Duration
	}{
		{[]time.Duration{7}, 7},
		{[]time.Duration{9, 1}, 1},
		{[]time.Duration{9, 1, 5}, 5},
		{[]time.Duration{4, 9, 1, 5}, 4},
	} {
		if got := median(c.times); got != c.want {
			t.Errorf("median(%v) = %d, want %d", c.times, got, c.want)
		}
	}
}
