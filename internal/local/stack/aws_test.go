package stack

import (
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
