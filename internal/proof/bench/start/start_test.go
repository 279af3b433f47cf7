package start

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

const checkout = "../../../.."

// onLinux skips a test elsewhere: the functions are built for Lambda.
func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the functions run on Linux alone")
	}
}

func TestBothFunctionsAreMeasuredBesideAnEmptyOne(t *testing.T) {
	onLinux(t)
	got, err := Measure(t.Context(), checkout, 2)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range got.Functions {
		names = append(names, f.Name)
		if f.Start <= 0 || f.Ratio <= 0 || f.Zip <= 1_000_000 {
			t.Errorf("%+v: something was not measured", f)
		}
		if f.Zip > 3_600_000 || f.Package <= f.Zip || f.Package > 7_600_000 {
			t.Errorf("zipped, a binary of %s has %d bytes and the package %d, want at most 3,600,000 and 7,600,000", f.Name, f.Zip, f.Package)
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
}

func TestAFunctionWithAWrongSettingEndsWithStatus1AndNamesTheSetting(t *testing.T) {
	onLinux(t)
	for _, f := range functions()[:2] {
		dir := t.TempDir()
		if err := build(t.Context(), checkout, f.folder, dir); err != nil {
			t.Fatal(err)
		}
		p, err := launch(t.Context(), binary(dir), "https://user:canary@zenlayer.invalid", "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = wait(t.Context(), p, p.asked)
		p.end()
		if err == nil || !strings.Contains(err.Error(), "ZENLAYER_ENDPOINT (from ZenlayerEndpoint): must be https://") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: error %v, want one that names the setting and hides its value", f.Name, err)
		}
		if code := p.cmd.ProcessState.ExitCode(); code != 1 {
			t.Errorf("%s ended with status %d, want 1", f.Name, code)
		}
	}
}

func TestWhatDoesNotBuildIsAnErrorWithTheWordsOfTheCompiler(t *testing.T) {
	err := build(t.Context(), checkout, "missing", t.TempDir())
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
