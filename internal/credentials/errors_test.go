package credentials_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"zenstop/internal/credentials"
	"zenstop/internal/zenlayer"
)

// shown prints an error in every way that a program may print it.
func shown(err error) string {
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Error("x", "error", err)
	slog.New(slog.NewTextHandler(&b, nil)).Error("x", "error", err)
	encoded, _ := json.Marshal(err) //nolint:errchkjson // what it cannot encode it does not show
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&b, "%v %+v %#v %s %q", err, err, err, err, err)
		nested, _ := json.Marshal(err) //nolint:errchkjson // as above
		b.Write(nested)
	}
	return b.String() + string(encoded)
}

func TestABadSecretIsFinalAndShowsNoValue(t *testing.T) {
	const todo = `; put {"accessKeyId": "…", "accessKeyPassword": "…"} or {"token": "…"} there with: aws secretsmanager put-secret-value`
	cases := map[string]struct{ text, want string }{
		"not JSON":             {canary, "is not a JSON object"},
		"cut off":              {`{"accessKeyPassword":"` + canary, "is not a JSON object"},
		"a string":             {`"` + canary + `"`, "is not a JSON object"},
		"null":                 {`null`, "is not a JSON object"},
		"nothing":              {``, "is not a JSON object"},
		"something behind":     {`{"token":"a"} ` + canary, "is not a JSON object"},
		"wrong type":           {`{"token":["` + canary + `"]}`, "has a field token that is not a string"},
		"a field null":         {`{"accessKeyId":null,"accessKeyPassword":"` + canary + `"}`, "has no accessKeyId"},
		"a token null":         {`{"token":null}`, "is not filled in"},
		"a token null, twice":  {`{"token":null,"token":"` + canary + `"}`, "has the same field twice"},
		"both, and null":       {`{"token":"` + canary + `","accessKeyId":null,"accessKeyPassword":"` + canary + `"}`, "has both a token and an access key"},
		"a mark in a value":    {`{"token":"` + "\ufeff" + canary + `"}`, "has white space or control characters in token"},
		"a mark in a name":     {`{"` + "\ufeff" + `token":"` + canary + `"}`, "is not filled in (fields with other names: 1)"},
		"a mark alone":         {"\ufeff", "is not a JSON object"},
		"a mark in the middle": {"{\ufeff" + `"token":"` + canary + `"}`, "is not a JSON object"},
		"bytes outside UTF-8":  {`{"token":"` + canary + "\xff\"}", "is not UTF-8 text: save it as UTF-8"},
		"a field twice":        {`{"token":"` + canary + `","token":"` + canary + `"}`, "has the same field twice"},
		"empty object":         {`{}`, "is not filled in"},
		"as the stack made it": {`{"accessKeyId":"","accessKeyPassword":""}`, "is not filled in"},
		"half a pair":          {`{"accessKeyPassword":"` + canary + `"}`, "has no accessKeyId"},
		"the other half":       {`{"accessKeyId":"` + canary + `"}`, "has no accessKeyPassword"},
		"both kinds":           {`{"token":"` + canary + `","accessKeyId":"a"}`, "has both a token and an access key"},
		"dots for an id":       {`{"accessKeyId":"…","accessKeyPassword":"` + canary + `"}`, "has a character in accessKeyId that no HTTP header can carry"},
		"dots for a token":     {`{"token":"` + canary + `…"}`, "has a character in token that no HTTP header can carry"},
		"a line end":           {`{"token":"` + canary + `\n"}`, "has white space or control characters in token"},
		"misspelt field":       {`{"accessKeyID":"a","accessKeyPassword":"` + canary + `"}`, "has no accessKeyId (fields with other names: 1)"},
		"another's names":      {`{"password":"` + canary + `","access_key_id":"a","team":"x"}`, "is not filled in (fields with other names: 3)"},
		"a value for a name":   {`{"` + canary + `":"` + canary + `"}`, "is not filled in (fields with other names: 1)"},
		"control characters":   {`{"token\u0007":"` + canary + `"}`, "is not filled in (fields with other names: 1)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := credentials.New(&vault{text: c.text}, arn, nil).Credentials(t.Context())
			if want := "secret " + arn + " " + c.want + todo; err == nil || err.Error() != want {
				t.Errorf("error\n %v\nwant\n %s", err, want)
			}
			if zenlayer.KindOf(err) != zenlayer.KindCredentials {
				t.Errorf("kind %v, want a final one", zenlayer.KindOf(err))
			}
			if strings.Contains(shown(err), canary) {
				t.Error("the error shows a value of the secret")
			}
		})
	}
}

// wireError is an error as the SDK wraps it.
func wireError(err error) error {
	return &smithy.OperationError{ServiceID: "Secrets Manager", OperationName: "GetSecretValue", Err: err}
}

func TestAnErrorOfSecretsManagerIsFinalOnlyWhereSomebodyMustRepairIt(t *testing.T) {
	text := "any message, " + canary
	cases := map[string]struct {
		err  error
		kind zenlayer.Kind
		want string
	}{
		"no such secret":      {&types.ResourceNotFoundException{Message: &text}, zenlayer.KindCredentials, "does not exist or has no value: check CredentialsSecretArn"},
		"access denied":       {&smithy.GenericAPIError{Code: "AccessDeniedException", Message: text}, zenlayer.KindCredentials, "give the function's role secretsmanager:GetSecretValue"},
		"no key":              {&types.DecryptionFailure{Message: &text}, zenlayer.KindCredentials, "kms:Decrypt"},
		"marked for deletion": {&types.InvalidRequestException{Message: &text}, zenlayer.KindCredentials, "restore-secret"},
		"no valid name":       {&smithy.GenericAPIError{Code: "ValidationException", Message: text}, zenlayer.KindCredentials, "check CredentialsSecretArn"},
		"no ARN":              {&types.InvalidParameterException{Message: &text}, zenlayer.KindCredentials, "check CredentialsSecretArn"},
		"throttled":           {&smithy.GenericAPIError{Code: "ThrottlingException", Message: text}, zenlayer.KindUnknown, "Secrets Manager answers ThrottlingException"},
		"5xx":                 {&types.InternalServiceError{Message: &text}, zenlayer.KindUnknown, "Secrets Manager answers InternalServiceError"},
		"network":             {errors.New("request send failed,\n connection refused"), zenlayer.KindUnknown, "request send failed, connection refused"},
		"long":                {errors.New(strings.Repeat("x", 999) + " connection refused"), zenlayer.KindUnknown, "connection refused"},
		"cancelled":           {context.Canceled, zenlayer.KindUnavailable, "context canceled"},
		"a broken answer":     {&smithy.DeserializationError{Err: errors.New(text), Snapshot: []byte(text)}, zenlayer.KindUnknown, "cannot be decoded"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := credentials.New(&vault{err: wireError(c.err)}, arn, time.Now).Credentials(t.Context())
			if got := zenlayer.KindOf(err); got != c.kind {
				t.Errorf("kind of %v = %v, want %v", err, got, c.kind)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), arn) || len(err.Error()) > 500 || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one short line that says %q and names the secret", err, c.want)
			}
			if strings.Contains(shown(err), canary) {
				t.Error("the error shows what the answer held")
			}
			if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
				t.Error("the error carries the answer")
			}
		})
	}
}

// binary is a Secrets Manager with a secret that was put there as bytes, as
// `aws secretsmanager put-secret-value --secret-binary fileb://…` does.
type binary []byte

func (b binary) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	return &secretsmanager.GetSecretValueOutput{SecretBinary: b}, nil
}

func TestASecretOfBytesIsReadWhereTheyAreText(t *testing.T) {
	got, err := credentials.New(binary("\ufeff"+`{"token":"`+canary+`"}`+"\r\n"), arn, nil).Credentials(t.Context())
	if err != nil || got != (zenlayer.Credentials{Token: canary}) {
		t.Errorf("error %v", err)
	}
}

func TestASecretOfOtherBytesIsFinal(t *testing.T) {
	for secret, want := range map[string]string{
		canary:              "is not a JSON object",
		"\x1f\x8b" + canary: "is not UTF-8 text: save it as UTF-8",
		"":                  "is not a JSON object",
		utf16LE("\ufeff" + `{"token":"` + canary + `"}`): "is not UTF-8 text: save it as UTF-8",
		utf16LE(`{"token":"` + canary + `"}`):            "is not UTF-8 text: save it as UTF-8",
	} {
		_, err := credentials.New(binary(secret), arn, nil).Credentials(t.Context())
		if zenlayer.KindOf(err) != zenlayer.KindCredentials || !strings.Contains(err.Error(), want) || strings.Contains(shown(err), canary) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// utf16LE is a text as Windows PowerShell saves it.
func utf16LE(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// A secret is written by hand, and saved by an editor or a shell in its own way.
func TestASecretIsReadHoweverItIsEncodedOrTheProblemIsClear(t *testing.T) {
	value := rapid.StringMatching(`[!-~]{1,40}`)
	rapid.Check(t, func(t *rapid.T) {
		id, password := value.Draw(t, "id"), "canary-"+value.Draw(t, "password")
		members := []string{
			`"accessKeyId":` + encoded(t, id), `"accessKeyPassword":` + encoded(t, password),
			rapid.SampledFrom([]string{`"token":null`, `"token":""`, `"note":{"token":"x"}`, `"v":1`}).Draw(t, "more"),
		}
		want := zenlayer.Credentials{AccessKeyID: id, AccessKeyPassword: zenlayer.Secret(password)}
		if rapid.Bool().Draw(t, "token") {
			members = []string{`"token":` + encoded(t, password), `"accessKeyId":` + rapid.SampledFrom([]string{"null", `""`}).Draw(t, "no id"), `"accessKeyPassword":null`}
			want = zenlayer.Credentials{Token: zenlayer.Secret(password)}
		}
		blank := rapid.SampledFrom([]string{"", " ", "\t", "\n", "\r\n"})
		around := rapid.SampledFrom([]string{"", "\ufeff", " ", "\n", "\r\n", "\ufeff\n", "\n\ufeff", "\ufeff\ufeff"})
		secret := around.Draw(t, "before") + "{" + strings.Join(rapid.Permutation(members).Draw(t, "members"), blank.Draw(t, "blank")+",") + "}" + around.Draw(t, "after")
		spoilt := rapid.SampledFrom([]string{"", "", "", "cut", "utf-16", "latin-1", "twice", "zero"}).Draw(t, "spoilt")
		switch spoilt {
		case "cut":
			secret = strings.TrimRight(secret, "\ufeff\r\n ")
			secret = secret[:rapid.IntRange(0, len(secret)-1).Draw(t, "cut")]
		case "utf-16":
			secret = utf16LE(secret)
		case "latin-1":
			secret = strings.Replace(secret, "{", `{"note":"`+"\xe9"+`",`, 1)
		case "twice":
			secret += secret
		case "zero":
			secret += "\x00"
		}
		for name, source := range map[string]credentials.API{"text": &vault{text: secret}, "bytes": binary(secret)} {
			got, err := credentials.New(source, arn, nil).Credentials(context.Background())
			if spoilt == "" && (err != nil || got != want) {
				t.Fatalf("%s %q: error %v", name, secret, err)
			}
			if spoilt != "" && (zenlayer.KindOf(err) != zenlayer.KindCredentials || strings.Contains(shown(err), password)) {
				t.Fatalf("%s, %s %q: error %v", spoilt, name, secret, err)
			}
		}
	})
}

// encoded is a JSON string in which each character may be written as an escape.
func encoded(t *rapid.T, s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '"' || r == '\\' || rapid.IntRange(0, 9).Draw(t, "escape") == 0 {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
