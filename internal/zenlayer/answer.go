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
	maxAnswer  = 8 << 20  // bytes; a page of 1,000 instances is well under it
	maxFailure = 64 << 10 // bytes of an answer that is not a success
)

// response is the object that a success holds.
type response = jsontext.Value

// envelope is both of the vendor's answers: success nests a response, failure is flat.
type envelope struct {
	RequestID string   `json:"requestId"`
	Response  response `json:"response"`
	Code      string   `json:"code"`
	Message   string   `json:"message"`
}

// read turns an answer into its response object or an error. HTTP 200 without
// one, or with a code, is no success, whatever the vendor's SDK makes of it.
// An answer that breaks off keeps its status: that is known.
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
		e.Message = clean("the answer breaks off: "+broken.Error(), cred)
	}
	e.cut = broken != nil || !isJSON && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
	explain(e, resp.Header, isJSON)
	return nil, e
}

var errTooLong = errors.New("it is longer than an answer can be")

// readBody reads a whole body, up to the bound for its status.
func readBody(resp *http.Response) ([]byte, error) {
	limit := int64(maxFailure)
	if resp.StatusCode == http.StatusOK {
		limit = maxAnswer
	}
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= limit {
		b.Grow(int(n) + bytes.MinRead) // so that reading to the end grows it no more
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if n > limit {
		return nil, errTooLong
	}
	return b.Bytes(), err
}

// decode reads JSON leniently: what is new is ignored, what is odd is let through.
func decode(body []byte, into any) error {
	return json.Unmarshal(body, into, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// normalise gives a code in the spelling of the wire. A code that is known holds
// no credential; another may be an echo.
func normalise(code string, cred Credentials) string {
	spell := func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), ".", "_") }
	if _, known := codes[spell(code)]; known {
		return spell(code)
	}
	return spell(clean(code, cred))
}

// explain adds what the user can do, and what an answer is that is not the vendor's.
func explain(e *APIError, h http.Header, isJSON bool) {
	add := func(s string) { e.Message = strings.TrimPrefix(e.Message+"; "+s, "; ") }
	switch {
	case e.Code == "AUTHFAILURE_SIGNATURE_EXPIRED":
		add("this machine's clock is off by more than 5 minutes")
	case e.Code == "AUTHFAILURE_UNAUTHORIZED_OPERATION":
		add("these credentials lack the permission for this action")
	case e.kind() == KindCredentials:
		add("check the credentials in the secret")
	case e.Status/100 == 3:
		add("a redirect is not followed; is ZenlayerEndpoint right?")
	case e.Code != "":
	case e.cut:
		add("the answer is cut off")
	case h.Get("Cf-Mitigated") == "challenge":
		add("Cloudflare, in front of the API, challenged the call")
	case e.Status == http.StatusForbidden:
		add("refused by a proxy in front of the API, not by Zenlayer")
	case e.Status/100 == 2 && isJSON:
		add("an answer without a response")
	case e.Status/100 == 2:
		add("an answer that is not JSON")
	case e.kind() == KindRejected:
		add("not an answer of the API; is ZenlayerEndpoint right?")
	}
}
