package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheLocalAWSIsTheOnlyOneThatItsProcessesKnow(t *testing.T) {
	t.Setenv("AWS_PROFILE", "my-company")
	t.Setenv("AWS_SESSION_TOKEN", "mine")
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
	const endpoint = "http://127.0.0.1:4566"
	found := false
	for _, v := range Environ(endpoint) {
		if strings.HasPrefix(v, "AWS_PROFILE=") || strings.HasPrefix(v, "AWS_SESSION_TOKEN=") || strings.HasPrefix(v, "AWS_ENDPOINT_URL_S3=") {
			t.Errorf("%s is handed on", v)
		}
		found = found || v == "AWS_ENDPOINT_URL="+endpoint
	}
	if !found {
		t.Error("the endpoint is not handed on")
	}
}

func TestALocalAWSThatDoesNotStartSaysWhatItsLogSays(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, Dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, Dir, "ministack.log"), []byte("ERROR: 127.0.0.1:4566 is already in use.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := explainAWS(root, errEnded)
	for _, want := range []string{errEnded.Error(), "\nERROR: 127.0.0.1:4566 is already in use.\n", "run the command again"} {
		if !strings.Contains(got.Error(), want) {
			t.Errorf("%q is not in the error: %v", want, got)
		}
	}
	if err := explainAWS(root, context.Canceled); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "log") {
		t.Errorf("an interrupted start says %v", err)
	}
}

func TestAnOutputIsCutToItsLastLines(t *testing.T) {
	long := strings.Repeat("early\n\n", 20) + "late\n\n"
	if got := tail(long); !strings.HasSuffix(got, "early\nlate") || strings.Count(got, "\n") != 14 {
		t.Errorf("the tail is %q", got)
	}
}
