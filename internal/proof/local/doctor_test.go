package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zenstop/internal/proof/local/stack"
)

// withoutSettings is a user who has set nothing of AWS, while make local is up.
func withoutSettings(t *testing.T) (endpoint string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	healthy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(healthy.Close)
	if err := os.Mkdir(stack.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeJSON(addressFile, address{Name: "zenstop", Endpoint: healthy.URL}); err != nil {
		t.Fatal(err)
	}
	return healthy.URL
}

func TestWithoutANameTheDoctorLooksAtTheStackThatIsUp(t *testing.T) {
	endpoint := withoutSettings(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1") // nothing of the user's own settings counts
	name := ""
	settings, shell, err := patient(t.Context(), &name)
	if err != nil || name != "zenstop" || *settings.BaseEndpoint != endpoint {
		t.Fatalf("%s, %v, %v", name, settings.BaseEndpoint, err)
	}
	for _, command := range []string{shell.AWS, shell.Deploy} {
		if !strings.Contains(command, endpoint) || !strings.HasPrefix(command, "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test ") {
			t.Errorf("the command %s does not reach the local AWS", command)
		}
	}
}

func TestANameIsAStackInAWSAlsoWhileAStackIsUp(t *testing.T) {
	withoutSettings(t)
	for given, region := range map[string]string{
		"night": "eu-west-1",
		"arn:aws:cloudformation:eu-central-1:123456789012:stack/night/5f0e": "eu-central-1",
	} {
		t.Setenv("AWS_REGION", "eu-west-1")
		name := given
		settings, shell, err := patient(t.Context(), &name)
		if err != nil || name != given || settings.Region != region || settings.BaseEndpoint != nil {
			t.Errorf("%s: %s, %s, %v", given, name, settings.Region, err)
		}
		if shell.AWS != "aws --region "+region || shell.Deploy != "sam build && sam deploy --region "+region+" --stack-name night" {
			t.Errorf("%s: %+v", given, shell)
		}
	}
}

func TestWithoutARegionTheDoctorSaysHowToSetIt(t *testing.T) {
	withoutSettings(t)
	name := "night"
	if _, _, err := patient(t.Context(), &name); err == nil || !strings.Contains(err.Error(), "AWS_REGION=") {
		t.Errorf("error %v", err)
	}
}

func TestTheCommandsOfTheDoctorReachTheAccountThatItLookedAt(t *testing.T) {
	withoutSettings(t)
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile night shift]\nregion = eu-west-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_PROFILE", "night shift")
	for stack, want := range map[string]string{
		"z": "aws --region eu-west-1 --profile 'night shift'",
		"arn:aws:cloudformation:ap-south-1:123456789012:stack/z/1a2b": "aws --region ap-south-1 --profile 'night shift'",
	} {
		_, shell, err := patient(t.Context(), &stack)
		if err != nil || shell.AWS != want || shell.Deploy != "sam build && sam deploy"+want[3:]+" --stack-name z" || shell.New != shell.Deploy+" --guided" {
			t.Errorf("%s: %+v, %v", stack, shell, err)
		}
	}
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", file)
	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci")
	other := "z"
	if _, shell, err := patient(t.Context(), &other); err != nil || shell.AWS != "aws --region eu-west-1" {
		t.Errorf("with a web identity in the environment: %+v, %v", shell, err)
	}
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "")
	t.Setenv("AWS_ROLE_ARN", "")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	stack := "z"
	if _, shell, err := patient(t.Context(), &stack); err != nil || shell.AWS != "AWS_ENDPOINT_URL=http://127.0.0.1:1 aws --region eu-west-1" || shell.Deploy != "sam build && AWS_ENDPOINT_URL=http://127.0.0.1:1 sam deploy --region eu-west-1 --stack-name z" {
		t.Errorf("with keys and an endpoint in the environment: %+v, %v", shell, err)
	}
}
