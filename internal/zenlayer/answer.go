package zenlayer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// envelope is both of the vendor's answers: success nests a response, failure is flat.
type envelope struct {
	RequestID string          `json:"requestId"`
	Response  json.RawMessage `json:"response"`
	Code      string          `json:"code"`
	Message   string          `json:"message"`
}

// read turns an answer into its response object or an error. HTTP 200 without
// one, or with a code, is no success, whatever the vendor's SDK makes of it.
func read(action string, resp *http.Response, cred Credentials, now time.Time) (json.RawMessage, error) {
	limit := int64(maxAnswer)
	if resp.StatusCode != http.StatusOK {
		limit = maxFailure
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, &callError{kind: KindUnavailable, landed: true, err: fmt.Errorf("zenlayer %s: read answer: %w", action, err)}
	}
	var env envelope
	isJSON := int64(len(body)) <= limit && json.Unmarshal(body, &env) == nil
	if resp.StatusCode == http.StatusOK && isJSON && env.Code == "" && isObject(env.Response) {
		return env.Response, nil
	}
	e := &APIError{Action: action, Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, now)}
	if isJSON {
		e.Code = clean(strings.ReplaceAll(strings.ToUpper(env.Code), ".", "_"), cred)
		e.Message, e.RequestID = clean(env.Message, cred), clean(env.RequestID, cred)
	}
	e.cut = !isJSON && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
	explain(e, resp.Header, isJSON)
	return nil, e
}

// explain adds what the user can do, and what an answer is that is not the vendor's.
func explain(e *APIError, h http.Header, isJSON bool) {
	add := func(s string) { e.Message = strings.TrimPrefix(e.Message+"; "+s, "; ") }
	switch {
	case e.Code == "AUTHFAILURE_SIGNATURE_EXPIRED":
		add("the clock here is off by more than 5 minutes")
	case e.Code == "AUTHFAILURE_UNAUTHORIZED_OPERATION":
		add("these credentials lack the permission for this action")
	case e.kind() == KindCredentials:
		add("check the access key in the credentials secret")
	case e.Status/100 == 3:
		add("a redirect is not followed; is ZenlayerEndpoint right?")
	case e.Code != "":
	case e.cut:
		add("the answer is cut off")
	case e.Status == http.StatusForbidden && (!isJSON || h.Get("cf-mitigated") == "challenge"):
		e.challenge = true
		add("answered by a proxy in front of the API, not by Zenlayer")
	case e.Status == http.StatusOK:
		add("an answer without a response")
	case e.kind() == KindRejected:
		add("not an answer of the API; is ZenlayerEndpoint right?")
	}
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// row is an instance as the vendor writes it: the tags are wrapped in an object.
type row struct {
	InstanceID      string `json:"instanceId"`
	InstanceName    string `json:"instanceName"`
	Hostname        string `json:"hostname"`
	InstanceStatus  string `json:"instanceStatus"`
	ZoneID          string `json:"zoneId"`
	ResourceGroupID string `json:"resourceGroupId"`
	Tags            struct {
		Tags []Tag `json:"tags"`
	} `json:"tags"`
}

// decodePage reads the response of DescribeInstances. A missing totalCount is an
// error: without it nobody knows whether the rows are all.
func decodePage(response json.RawMessage) (Page, error) {
	var answer struct {
		TotalCount *int  `json:"totalCount"`
		DataSet    []row `json:"dataSet"`
	}
	if err := json.Unmarshal(response, &answer); err != nil {
		return Page{}, errors.New("not the documented shape")
	}
	if answer.TotalCount == nil {
		return Page{}, errors.New("no totalCount")
	}
	page := Page{TotalCount: *answer.TotalCount, Instances: make([]Instance, 0, len(answer.DataSet))}
	for _, r := range answer.DataSet {
		if r.InstanceID == "" {
			continue
		}
		page.Instances = append(page.Instances, Instance{
			ID: r.InstanceID, Name: r.InstanceName, Hostname: r.Hostname, Status: r.InstanceStatus,
			ZoneID: r.ZoneID, ResourceGroupID: r.ResourceGroupID, Tags: r.Tags.Tags,
		})
	}
	return page, nil
}
