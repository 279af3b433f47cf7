package zenlayer

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/text"
)

const (
	maxAnswer  = 8 << 20  // bytes of a success; a page of 1,000 instances is well below it
	maxFailure = 64 << 10 // bytes of any other answer
)

// response is the JSON object in a success.
type response = jsontext.Value

// envelope has the members of both kinds of answer: a success holds a response, a
// failure is flat and has a code.
type envelope struct {
	RequestID jsontext.Value            `json:"requestId"`
	Response  response                  `json:"response"`
	Code      jsontext.Value            `json:"code"`
	Message   jsontext.Value            `json:"message"`
	Others    map[string]jsontext.Value `json:",embed"`
}

// read returns the response object of a success, else an [APIError]. HTTP 200
// with a code or without a response object is an error, although the vendor's
// own SDK takes it for a success.
func read(action string, resp *http.Response, cred Credentials, now time.Time) (response, error) {
	var env envelope
	body, broken := readBody(resp)
	isJSON := broken == nil && decode(body, &env) == nil
	if resp.StatusCode == http.StatusOK && isJSON && env.accepts() {
		return env.Response, nil
	}
	e := &APIError{Action: action, Status: resp.StatusCode, broken: broken != nil}
	if isJSON {
		e.Message, e.RequestID = clean(plain(env.Message), cred), clean(plain(env.RequestID), cred)
	}
	if isJSON && isFlat(body, env) && e.Status/100 != 3 {
		e.Code = spell(plain(env.Code), cred)
	}
	e.addHint(resp.Header, body, broken, isJSON, cred)
	e.RetryAfter = askedWait(resp.Header, now)
	return nil, e
}

// accepts reports whether this is the envelope of a success.
func (env envelope) accepts() bool {
	none := len(env.Code) == 0 || env.Code.Kind() == 'n' || string(env.Code) == `""`
	return none && env.Response.Kind() == '{'
}

// isFlat reports whether a body is of the shape of the vendor's failures, which hold
// no object and no list, and no member twice.
func isFlat(body []byte, env envelope) bool {
	members := append(slices.Collect(maps.Values(env.Others)), env.RequestID, env.Response, env.Code, env.Message)
	return jsontext.Value(body).IsValid(jsontext.AllowInvalidUTF8(true)) &&
		!slices.ContainsFunc(members, func(v jsontext.Value) bool { return v.Kind() == '{' || v.Kind() == '[' })
}

// plain is the text of a JSON string, and "" of anything else.
func plain(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	b, _ := jsontext.AppendUnquote(nil, v) // the error is about bytes that are not UTF-8, which are replaced
	return string(b)
}

var errTooLong = errors.New("it is longer than an answer can be")

// readBody reads a whole body, up to the limit for its status.
func readBody(resp *http.Response) ([]byte, error) {
	limit := int64(maxFailure)
	if resp.StatusCode == http.StatusOK {
		limit = maxAnswer
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if int64(len(body)) > limit {
		return nil, errTooLong
	}
	return body, err
}

// decode reads JSON leniently: it ignores unknown fields, takes the last of
// duplicate ones, and replaces bytes that are not UTF-8.
func decode(body []byte, into any) error {
	return json.Unmarshal(body, into, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// spell gives a code of the vendor's in the spelling UPPER_SNAKE. A code that is in no
// list counts only if it came so; other APIs and proxies spell theirs otherwise. It is
// "" where the code is none of the vendor's, or echoes a credential.
func spell(code string, cred Credentials) string {
	if text.MadeOf(code, text.Capitals+text.Digits, 1, maxMessage) && 'A' <= code[0] && code[0] <= 'Z' {
		if _, listed := codes[code]; listed || clean(code, cred) == code {
			return code
		}
	}
	if now := strings.ReplaceAll(strings.ToUpper(code), ".", "_"); isOldSpelling(code) && codes[now] != KindNone {
		return now
	}
	return ""
}

// isOldSpelling reports whether a code is spelt like Invalid.Instance.Not.Found.
func isOldSpelling(code string) bool {
	words := strings.Split(code, ".")
	return len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return w == "" || w[0] < 'A' || 'Z' < w[0] })
}

// adviceFor says what the user can do about a code.
var adviceFor = map[string]string{
	"AUTHFAILURE_SIGNATURE_EXPIRED":      "this machine's clock is off by more than 5 minutes",
	"AUTHFAILURE_UNAUTHORIZED_OPERATION": "these credentials lack the permission for this action",
}

// addHint adds to the message what the user can do, or where the answer comes from.
func (e *APIError) addHint(h http.Header, body []byte, broken error, isJSON bool, cred Credentials) {
	var why string
	switch {
	case broken != nil:
		why = clean("the answer breaks off: "+broken.Error(), cred)
	case e.Code != "":
		why = e.advice()
	case !isJSON && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		why = "the answer is cut off"
	default:
		why = e.origin(h, isJSON)
	}
	e.Message = strings.Trim(e.Message+"; "+why, "; ")
}

// advice says what the user can do about a code; "" where nothing is known.
func (e *APIError) advice() string {
	if s, ok := adviceFor[e.Code]; ok {
		return s
	}
	if e.kind() == KindCredentials {
		return "check the credentials in the secret"
	}
	return ""
}

// origin says where an answer without a code comes from: not from Zenlayer, whose
// failures have one. So somebody who gave a wrong endpoint can see it.
func (e *APIError) origin(h http.Header, isJSON bool) string {
	switch {
	case h.Get("Cf-Mitigated") == "challenge":
		return "Cloudflare, in front of the API, challenged the call"
	case e.Status/100 == 3:
		return "a redirect is not followed; is ZenlayerEndpoint right?"
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || e.Status == http.StatusProxyAuthRequired:
		return "rejected by a proxy in front of the API, not by Zenlayer"
	case e.Status/100 == 2 && isJSON:
		return "an answer without a response"
	case e.Status/100 == 2:
		return "an answer that is not JSON; is ZenlayerEndpoint right?"
	case e.Status/100 == 4 && e.Status != http.StatusRequestTimeout && e.Status != http.StatusTooManyRequests:
		return "not an answer of the API; is ZenlayerEndpoint right?"
	}
	return "from a proxy in front of the API, not from Zenlayer"
}
