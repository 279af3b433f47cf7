package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheCommandsOfTheDoctorReachTheAccountThatItLookedAt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile night shift]\nregion = eu-west-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
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
