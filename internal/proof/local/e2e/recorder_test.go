package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// recorder stands between a person's commands and the local AWS, and notes the IAM action that each
// call needs.
type recorder struct {
	proxy *httputil.ReverseProxy

	mu      sync.Mutex
	actions map[string]bool
}

// record starts a recorder before the AWS at endpoint, and returns where it is reached.
func record(t *testing.T, endpoint string) (*recorder, string) {
	t.Helper()
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{actions: map[string]bool{}, proxy: &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(at); p.Out.Host = p.In.Host }}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.actions[actionOf(req, body)] = true
	r.mu.Unlock()
	r.proxy.ServeHTTP(w, req)
}

// taken are the actions since the last call of it.
func (r *recorder) taken() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.actions
	r.actions = map[string]bool{}
	return all
}

// scope finds the service in the signature of a request.
var scope = regexp.MustCompile(`Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request`)

// actionOf is the IAM action of a request. What has none that is known here is its method and path.
func actionOf(req *http.Request, body []byte) string {
	found := scope.FindStringSubmatch(req.Header.Get("Authorization"))
	if found == nil {
		return req.Method + " " + req.URL.Path
	}
	service := found[1]
	if _, action, ok := strings.Cut(req.Header.Get("X-Amz-Target"), "."); ok {
		return service + ":" + action
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		return service + ":" + form.Get("Action")
	}
	switch {
	case service == "s3":
		return "s3:" + s3Action(req)
	case service == "lambda" && req.Method == http.MethodPut && strings.HasSuffix(req.URL.Path, "/concurrency"):
		return "lambda:PutFunctionConcurrency"
	}
	return service + ":" + req.Method + " " + req.URL.Path
}

// s3Action is the action of a request to S3, without the service. Source: the AWS page "Actions,
// resources, and condition keys for Amazon S3".
func s3Action(req *http.Request) string {
	_, key, _ := strings.Cut(strings.Trim(req.URL.Path, "/"), "/")
	switch {
	case key != "" && req.Method == http.MethodDelete:
		return "DeleteObject"
	case key != "" && (req.Method == http.MethodPut || req.Method == http.MethodPost):
		return "PutObject"
	case key != "":
		return "GetObject"
	case req.URL.Query().Has("location"):
		return "GetBucketLocation"
	case req.Method == http.MethodGet || req.Method == http.MethodHead:
		return "ListBucket"
	}
	return req.Method + " " + req.URL.String()
}
