package settings_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"zenstop/internal/settings"
)

// lambda is the environment that Lambda makes, with some changes.
func lambda(change map[string]string) func(string) string {
	all := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_SESSION_TOKEN": "token",
	}
	return func(name string) string {
		if v, ok := change[name]; ok {
			return v
		}
		return all[name]
	}
}

func TestTheRegionTheKeysAndTheEndpointOfAWSAreThoseOfTheEnvironment(t *testing.T) {
	local := "http://127.0.0.1:4566"
	for name, c := range map[string]struct {
		change   map[string]string
		token    string
		endpoint *string
	}{
		"in Lambda":           {nil, "token", nil},
		"an empty endpoint":   {map[string]string{"AWS_ENDPOINT_URL": ""}, "token", nil},
		"a local AWS":         {map[string]string{"AWS_ENDPOINT_URL": local}, "token", &local},
		"keys without a role": {map[string]string{"AWS_SESSION_TOKEN": ""}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := settings.LoadAWS(lambda(c.change))
			if err != nil {
				t.Fatal(err)
			}
			keys, err := got.Credentials.Retrieve(t.Context())
			if err != nil || keys.AccessKeyID != "id" || keys.SecretAccessKey != "canary" || keys.SessionToken != c.token || keys.CanExpire {
				t.Errorf("other keys than those of the environment, or error %v", err)
			}
			if got.Region != "eu-central-1" || aws.ToString(got.BaseEndpoint) != aws.ToString(c.endpoint) || (got.BaseEndpoint == nil) != (c.endpoint == nil) {
				t.Errorf("region %s, endpoint %q", got.Region, aws.ToString(got.BaseEndpoint))
			}
		})
	}
}

func TestWhatAWSNeedsAndLambdaDidNotSetIsNamedInOneError(t *testing.T) {
	_, err := settings.LoadAWS(lambda(map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_REGION": ""}))
	want := "AWS_ACCESS_KEY_ID (from Lambda itself): is not set\nAWS_REGION (from Lambda itself): is not set"
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
	_, err = settings.LoadAWS(lambda(map[string]string{"AWS_SECRET_ACCESS_KEY": ""}))
	if err == nil || !strings.HasPrefix(err.Error(), "AWS_SECRET_ACCESS_KEY ") {
		t.Errorf("error %v, want one on AWS_SECRET_ACCESS_KEY", err)
	}
}
