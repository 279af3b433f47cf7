package sim_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/proof/sim"
)

// sdkView is what testdata/vendor_sdk.py prints.
type sdkView struct {
	Pages                     int
	Before, After, Deprecated map[string]string
	Tags                      map[string]map[string]string
	Tagged, Stopped           []string
	RequestID                 string `json:"requestId"`
	Refused                   map[string]string
}

func TestTheVendorsOwnSDKListsAndStopsInstances(t *testing.T) {
	python := pythonWithSDK(t)
	sc := load(t, "good-night")
	sc.Instances = slices.DeleteFunc(sc.Instances, func(i sim.Instance) bool { return i.ID == "bmc-desk-01" }) // its tag has a time
	for i := range sc.Instances {
		sc.Instances[i].StopTakes = 0 // STOPPED at once: the SDK's clock is the real one
	}
	s, err := sim.New(sim.Options{Scenario: sc})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	defer web.Close()
	saw := runSDK(t, python, strings.TrimPrefix(web.URL, "http://"))

	if saw.Pages != 3 || len(saw.Before) != 12 || saw.RequestID == "" {
		t.Errorf("%d instances on %d pages, request id %q; want 12 on 3", len(saw.Before), saw.Pages, saw.RequestID)
	}
	wantTags, wantTagged, wantAfter := map[string]map[string]string{}, []string{}, map[string]string{}
	for _, i := range sc.Instances {
		wantTags[i.ID] = i.Tags
		if i.Tags["power"] == "nightly" {
			wantTagged = append(wantTagged, i.ID)
		}
		wantAfter[i.ID] = saw.Before[i.ID]
		if slices.Contains(saw.Stopped, i.ID) {
			wantAfter[i.ID] = sim.StatusStopped
		}
	}
	slices.Sort(wantTagged)
	same(t, "tags", saw.Tags, wantTags)
	same(t, "instances by tag", saw.Tagged, wantTagged)
	same(t, "statuses after", saw.After, wantAfter)
	same(t, "statuses by the deprecated version", saw.Deprecated, wantAfter)
	same(t, "refusals", saw.Refused, map[string]string{
		"password": sim.CodeSignatureFailure, "key": sim.CodeInvalidAuthorization, "token": sim.CodeInvalidAuthorization,
		"again": sim.CodeInstanceNotRunning, "unknown": sim.CodeInstanceNotFound, "many": sim.CodeParameterLength,
		"zone": sim.CodeZoneNotFound, "path": sim.CodeUnauthorizedOperation,
	})
	for _, id := range saw.Stopped {
		if got := s.Truth(id); got.AcceptedStops != 1 || got.Status != sim.StatusStopped {
			t.Errorf("%s: really %s after %d stops", id, got.Status, got.AcceptedStops)
		}
	}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func runSDK(t *testing.T, python, domain string) sdkView {
	t.Helper()
	all := sim.DefaultCredentials()
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "vendor_sdk.py"),
		domain, all[0].AccessKeyID, all[0].AccessKeyPassword, all[1].Token)
	cmd.Env = append(os.Environ(), "HTTP_PROXY=", "http_proxy=", "NO_PROXY=127.0.0.1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("vendor_sdk.py: %v\n%s", err, stderr.String())
	}
	var saw sdkView
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatalf("vendor_sdk.py printed %s: %v", out, err)
	}
	return saw
}

// pythonWithSDK finds an interpreter that has the vendor's package: the one of
// ZENSTOP_PYTHON, or of the set-up in .local/venv. Without one the test is
// skipped, or fails where ZENSTOP_REQUIRE_SDK=1 says that it must run.
func pythonWithSDK(t *testing.T) string {
	t.Helper()
	python := os.Getenv("ZENSTOP_PYTHON")
	if python == "" {
		python = filepath.Join("..", "..", "..", ".local", "venv", "bin", "python")
	}
	if strings.ContainsRune(python, filepath.Separator) {
		absolute, err := filepath.Abs(python)
		if err != nil {
			t.Fatal(err)
		}
		python = absolute
	}
	err := exec.CommandContext(t.Context(), python, "-c", "import zenlayercloud.bmc.v20260201.bmc_client").Run()
	if err == nil {
		return python
	}
	if os.Getenv("ZENSTOP_REQUIRE_SDK") == "1" {
		t.Fatalf("%s has no zenlayercloud-sdk-python, and ZENSTOP_REQUIRE_SDK=1 asks for it: %v", python, err)
	}
	t.Skipf("%s has no zenlayercloud-sdk-python (%v); `make test` sets it up, or name another in ZENSTOP_PYTHON", python, err)
	return ""
}
