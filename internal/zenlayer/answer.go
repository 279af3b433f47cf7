package zenlayer

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxAnswer  = 8 << 20  // bytes of a success; a page of 1,000 instances is well below it
	maxFailure = 64 << 10 // bytes of any other answer
)

// response is the JSON object in a success.
type response = jsontext.Value

// envelope has the fields of both kinds of answer: a success holds a response, a
// failure is flat.
type envelope struct {
	RequestID string   `json:"requestId"`
	Response  response `json:"response"`
	Code      string   `json:"code"`
	Message   string   `json:"message"`
}

// read returns the response object of a success, else an [APIError]. HTTP 200
// with a code or without a response object is an error, although the vendor's
// own SDK takes it for a success. An answer that ends too early keeps its status.
func read(action string, resp *http.Response, cred Credentials, now time.Time) (response, error) {
	body, broken := readBody(resp)
	var env envelope
	isJSON := broken == nil && decode(body, &env) == nil
	if resp.StatusCode == http.StatusOK && isJSON && env.Code == "" && env.Response.Kind() == '{' {
		return env.Response, nil
	}
	e := &APIError{Action: action, Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, now)}
	if isJSON {
		e.Code, e.Message, e.RequestID = normalise(env.Code, cred), clean(env.Message, cred), clean(env.RequestID, cred)
	}
	if broken != nil {
		e.Message, e.cut = clean("the answer breaks off: "+broken.Error(), cred), true
	}
	if broken == nil && !isJSON && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		e.Message, e.cut = "the answer is cut off", true
	}
	if s := advice(e, resp.Header, isJSON); s != "" {
		e.Message = strings.TrimPrefix(e.Message+"; "+s, "; ")
	}
	return nil, e
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

// normalise gives a code in the spelling UPPER_SNAKE, whichever came. A code that
// is not known may echo a credential, so it is cleaned first.
func normalise(code string, cred Credentials) string {
	spell := func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), ".", "_") }
	if _, known := codes[spell(code)]; known {
		return spell(code)
	}
	return spell(clean(code, cred))
}

// adviceFor says what the user can do about a code.
var adviceFor = map[string]string{
	"AUTHFAILURE_SIGNATURE_EXPIRED":      "this machine's clock is off by more than 5 minutes",
	"AUTHFAILURE_UNAUTHORIZED_OPERATION": "these credentials lack the permission for this action",
}

// advice says what the user can do about a failure; "" where nothing is known.
func advice(e *APIError, h http.Header, isJSON bool) string {
	if s, ok := adviceFor[e.Code]; ok {
		return s
	}
	if e.kind() == KindCredentials {
		return "check the credentials in the secret"
	}
	if e.Status/100 == 3 {
		return "a redirect is not followed; is ZenlayerEndpoint right?"
	}
	if e.Code != "" || e.cut {
		return ""
	}
	return origin(e, h, isJSON)
}

// origin says where an answer without a code comes from: not from Zenlayer, whose
// failures have one.
func origin(e *APIError, h http.Header, isJSON bool) string {
	if h.Get("Cf-Mitigated") == "challenge" {
		return "Cloudflare, in front of the API, challenged the call"
	}
	if e.Status == http.StatusForbidden {
		return "refused by a proxy in front of the API, not by Zenlayer"
	}
	if e.Status/100 == 2 && isJSON {
		return "an answer without a response"
	}
	if e.Status/100 == 2 {
		return "an answer that is not JSON"
	}
	if e.kind() == KindRejected {
		return "not an answer of the API; is ZenlayerEndpoint right?"
	}
	return ""
}
