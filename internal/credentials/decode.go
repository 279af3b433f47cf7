package credentials

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// names are those of all fields.
var names = []string{idField, passwordField, tokenField}

// fields maps the name of each field of a secret to its raw value.
type fields map[string]jsontext.Value

// decode reads the JSON of a secret, or says what is wrong with it. A problem
// never quotes a value, which the decoder's own errors do. Unknown fields beside
// complete credentials are ignored.
func decode(secret string) (c zenlayer.Credentials, problem string) {
	if !utf8.ValidString(secret) || strings.ContainsRune(secret, 0) { // UTF-16 is full of zeros
		return c, "is not UTF-8 text: save it as UTF-8"
	}
	var f fields
	err := json.Unmarshal([]byte(trim(secret)), &f)
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return c, "has the same field twice"
	}
	if err != nil || f == nil {
		return c, "is not a JSON object"
	}
	values := map[string]string{}
	for _, name := range names {
		if values[name], problem = f.read(name); problem != "" {
			return c, problem
		}
	}
	return f.assemble(values[idField], values[passwordField], values[tokenField])
}

const byteOrderMark = '\ufeff'

// trim takes off what editors and shells put around the JSON: white space, and a byte
// order mark, which the AWS CLI stores from a file like any other character.
func trim(secret string) string {
	return strings.TrimFunc(secret, func(r rune) bool { return r == byteOrderMark || unicode.IsSpace(r) })
}

// read returns the text of a field; "" where it is missing or null.
func (f fields) read(name string) (value, problem string) {
	raw, ok := f[name]
	if !ok || raw.Kind() == 'n' {
		return "", ""
	}
	if json.Unmarshal(raw, &value) != nil {
		return "", "has a field " + name + " that is not a string"
	}
	if strings.ContainsFunc(value, text.IsBlank) {
		return "", "has white space or control characters in " + name
	}
	if name != passwordField && !zenlayer.Sendable(value) {
		return "", "has a character in " + name + " that no HTTP header can carry"
	}
	return value, ""
}

// assemble checks that there is one complete kind of credentials.
func (f fields) assemble(id, password, token string) (c zenlayer.Credentials, problem string) {
	if token != "" && id+password != "" {
		return c, "has both a token and an access key"
	}
	if what := missing(id, password, token); what != "" {
		return c, what + f.others()
	}
	return zenlayer.Credentials{AccessKeyID: id, AccessKeyPassword: zenlayer.Secret(password), Token: zenlayer.Secret(token)}, ""
}

// missing says which field is missing, or "" where there is a token or a whole
// access key.
func missing(id, password, token string) string {
	if token != "" || id != "" && password != "" {
		return ""
	}
	if id+password == "" {
		return "is not filled in"
	}
	if id == "" {
		return "has no " + idField
	}
	return "has no " + passwordField
}

// others says how many fields have names that none of a secret's fields has, since one of
// them may be the missing field misspelt. It shows no name: somebody may have put a secret
// where a name belongs.
func (f fields) others() string {
	n := 0
	for name := range f {
		if !slices.Contains(names, name) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (fields with other names: %d)", n)
}
