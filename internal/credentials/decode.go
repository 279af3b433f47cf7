package credentials

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// The fields of a secret.
const (
	idField       = "accessKeyId"
	passwordField = "accessKeyPassword"
	tokenField    = "token"
)

// decode reads the text of a secret, or says what is wrong with it, never with
// a value: the decoder's own errors would quote some. Further fields do no harm
// beside complete credentials, and are ignored.
func decode(text string) (zenlayer.Credentials, string) {
	var fields map[string]jsontext.Value
	err := json.Unmarshal([]byte(text), &fields)
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return zenlayer.Credentials{}, "has a field twice"
	}
	if err != nil || fields == nil {
		return zenlayer.Credentials{}, "is not JSON, or no object"
	}
	values := map[string]string{}
	for _, name := range []string{idField, passwordField, tokenField} {
		value, problem := read(fields, name)
		if problem != "" {
			return zenlayer.Credentials{}, problem
		}
		values[name] = value
	}
	return assemble(values[idField], values[passwordField], values[tokenField], fields)
}

// read returns a field's text. One that is missing is empty.
func read(fields map[string]jsontext.Value, name string) (value, problem string) {
	raw, ok := fields[name]
	switch {
	case !ok:
		return "", ""
	case raw.Kind() != '"' || json.Unmarshal(raw, &value) != nil:
		return "", "has a field " + name + " that is no string"
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return "", "has white space or control characters in " + name
	}
	return value, ""
}

func assemble(id, password, token string, fields map[string]jsontext.Value) (zenlayer.Credentials, string) {
	problem := ""
	switch {
	case id+password+token == "":
		problem = "is not filled in" + foundIn(fields)
	case token != "" && id+password != "":
		problem = "has both a token and an access key"
	case token == "" && id == "":
		problem = "has no " + idField + foundIn(fields)
	case token == "" && password == "":
		problem = "has no " + passwordField + foundIn(fields)
	}
	if problem != "" {
		return zenlayer.Credentials{}, problem
	}
	return zenlayer.Credentials{AccessKeyID: id, AccessKeyPassword: zenlayer.Secret(password), Token: zenlayer.Secret(token)}, ""
}

// usual are names that people give such fields. Only these, and what is close
// to them, are ever shown: a secret may have been put where a name belongs.
var usual = []string{
	idField, passwordField, tokenField, "access_key_id", "access_key_password", "accessKey", "accessKeySecret", "secretAccessKey",
	"secretKey", "secretId", "accessToken", "apiToken", "bearerToken", "apiKey", "username", "password", "secret",
}

// foundIn lists the fields of a secret in which something is missing, where one
// of them may be misspelt.
func foundIn(fields map[string]jsontext.Value) string {
	var names []string
	unknown, hidden := false, 0
	for name := range fields {
		unknown = unknown || name != idField && name != passwordField && name != tokenField
		if text.Closest(name, usual) != "" {
			names = append(names, strconv.Quote(name))
		} else {
			hidden++
		}
	}
	if !unknown {
		return ""
	}
	slices.Sort(names)
	if hidden > 0 {
		names = append(names, fmt.Sprintf("%d of other names", hidden))
	}
	return " (its fields: " + strings.Join(names, ", ") + ")"
}
