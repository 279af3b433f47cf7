package zenlayer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const canary = "canary-password-7c1e"

// keys is a Source that counts what is asked of it.
type keys struct {
	mu      sync.Mutex
	all     []Credentials // the next one after each Forget; the last one stays
	err     error
	forgets int
}

func (k *keys) Credentials(context.Context) (Credentials, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[min(k.forgets, len(k.all)-1)], k.err
}

func (k *keys) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgets++
}

func pair() *keys {
	return &keys{all: []Credentials{{AccessKeyID: "id", AccessKeyPassword: canary}}}
}

// wire is a transport that answers from a script: each answer in turn, the last
// one for ever.
type wire struct {
	answers []answer
	at      []time.Time
	sent    []*http.Request
	bodies  []string
}

type answer struct {
	status int
	body   string
	header http.Header
	err    error
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a := w.answers[min(len(w.sent), len(w.answers)-1)]
	w.at, w.sent, w.bodies = append(w.at, time.Now()), append(w.sent, r), append(w.bodies, string(body))
	if a.err != nil {
		return nil, a.err
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func client(t testing.TB, w http.RoundTripper, source Source) *Client {
	t.Helper()
	c, err := New(Config{Endpoint: "https://zenlayer.test", Source: source, Transport: w, Jitter: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	accepted = `{"requestId":"r","response":{"requestId":"r"}}`
	nobody   = `{"requestId":"r","response":{"requestId":"r","totalCount":0,"dataSet":null}}`
)

func failure(status int, code string) answer {
	return answer{status: status, body: fmt.Sprintf(`{"requestId":"r-1","code":%q,"message":"m"}`, code)}
}

func TestEveryAnswerIsOfItsKind(t *testing.T) {
	html := func(status int) answer { return answer{status: status, body: "<html>no</html>"} }
	cases := map[string]struct {
		answer answer
		want   Kind
		landed bool
	}{
		"throttled by code":      {failure(400, "REQUEST_LIMIT_EXCEEDED"), KindThrottled, false},
		"throttled by status":    {html(429), KindThrottled, false},
		"internal error":         {failure(500, "INTERNAL_SERVER_ERROR"), KindUnavailable, true},
		"unavailable":            {failure(503, "SERVICE_TEMPORARY_UNAVAILABLE"), KindUnavailable, true},
		"timed out":              {failure(504, "REQUEST_TIMED_OUT"), KindUnavailable, true},
		"a proxy's 502":          {html(502), KindUnavailable, true},
		"invalid authorization":  {failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION"), KindCredentials, false},
		"signature failure":      {failure(403, "AUTHFAILURE_SIGNATURE_FAILURE"), KindCredentials, false},
		"a bare 401":             {html(401), KindCredentials, false},
		"signature expired":      {failure(401, "AUTHFAILURE_SIGNATURE_EXPIRED"), KindRejected, false},
		"no permission":          {failure(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"), KindRejected, false},
		"missing parameter":      {failure(400, "MISSING_PARAMETER"), KindRejected, false},
		"not found":              {failure(404, "INVALID_INSTANCE_NOT_FOUND"), KindInstance, false},
		"not found, old words":   {failure(404, "Invalid.Instance.Not.Found"), KindInstance, false},
		"resource not found":     {failure(404, "OPERATION_FAILED_RESOURCE_NOT_FOUND"), KindInstance, false},
		"recycled":               {failure(403, "OPERATION_DENIED_INSTANCE_RECYCLED"), KindInstance, false},
		"not running, old words": {failure(403, "Operation.Denied.Instance.Not.Running"), KindInstance, false},
		"a Cloudflare challenge": {answer{403, "<html>", http.Header{"Cf-Mitigated": {"challenge"}}, nil}, KindUnavailable, false},
		"another HTML 403":       {html(403), KindUnavailable, false},
		"451":                    {html(451), KindRejected, false},
		"a 404 of nobody's":      {html(404), KindRejected, false},
		"a redirect":             {answer{302, "", http.Header{"Location": {"https://elsewhere.test"}}, nil}, KindRejected, false},
		"200 without response":   {answer{200, `{"requestId":"r"}`, nil, nil}, KindUnavailable, true},
		"200 with response null": {answer{200, `{"response":null}`, nil, nil}, KindUnavailable, true},
		"200 with a code":        {failure(200, "OPERATION_DENIED_INSTANCE_RECYCLED"), KindInstance, false},
		"200 that is not JSON":   {html(200), KindUnavailable, true},
		"no connection":          {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, KindUnavailable, false},
		"no such host":           {answer{err: &net.DNSError{Err: "no such host"}}, KindUnavailable, false},
		"a broken connection":    {answer{err: io.ErrUnexpectedEOF}, KindUnavailable, true},
		"a bad certificate":      {answer{err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, KindRejected, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := client(t, &wire{answers: []answer{c.answer}}, pair()).StopInstances(t.Context(), []string{"a"})
				if got := KindOf(fmt.Errorf("wrapped: %w", err)); got != c.want || MayHaveLanded(err) != c.landed {
					t.Errorf("%v: kind %d, may have landed %v; want %d, %v", err, got, MayHaveLanded(err), c.want, c.landed)
				}
			})
		})
	}
	if KindOf(nil) != KindNone || KindOf(errors.New("x")) != KindUnknown {
		t.Error("nil or a stranger is of the wrong kind")
	}
}

func TestDescribeIsTriedAgainWithBackOffAndANewSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []answer{failure(503, "X"), {err: io.ErrUnexpectedEOF}, failure(429, "X"), {status: 200, body: nobody}}}
		begun := time.Now()
		if _, err := client(t, w, pair()).Describe(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{0, 300, 900, 2100} {
			if got := w.at[i].Sub(begun); got != want*time.Millisecond {
				t.Errorf("attempt %d after %s, want %s", i+1, got, want*time.Millisecond)
			}
		}
		first, last := w.sent[0].Header, w.sent[3].Header
		if first.Get("X-Zc-Timestamp") == last.Get("X-Zc-Timestamp") || first.Get("Authorization") == last.Get("Authorization") {
			t.Error("the last attempt carries the first one's signature")
		}
		if want := `{"instanceIds":["a"],"pageNum":1,"pageSize":100}`; w.bodies[3] != want {
			t.Errorf("body %s, want %s", w.bodies[3], want)
		}
	})
}

func TestAStopIsSentAgainOnlyWhereItSurelyHadNoEffect(t *testing.T) {
	for name, c := range map[string]struct {
		first answer
		want  int
	}{
		"throttled":        {failure(429, "X"), 2},
		"refused":          {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, 2},
		"5xx":              {failure(500, "X"), 1},
		"lost answer":      {answer{err: io.ErrUnexpectedEOF}, 1},
		"no response":      {answer{status: 200, body: `{}`}, 1},
		"instance at hand": {failure(404, "INVALID_INSTANCE_NOT_FOUND"), 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answers: []answer{c.first, {status: 200, body: accepted}}}
			err := client(t, w, pair()).StopInstances(t.Context(), []string{"a"})
			if len(w.sent) != c.want || (err == nil) != (c.want == 2) {
				t.Errorf("%s: sent %d times, want %d; error %v", name, len(w.sent), c.want, err)
			}
		})
	}
}

func TestRetryAfterIsHonouredInsideTheDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		header func() string
		limit  time.Duration
		sent   int
		took   time.Duration
	}{
		"seconds":           {func() string { return "7" }, time.Minute, 2, 7 * time.Second},
		"a date":            {func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, time.Minute, 2, 9 * time.Second},
		"past the deadline": {func() string { return "90" }, time.Minute, 1, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			first := failure(429, "X")
			first.header = http.Header{"Retry-After": {c.header()}}
			w := &wire{answers: []answer{first, {status: 200, body: nobody}}}
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			begun := time.Now()
			_, _ = client(t, w, pair()).Describe(ctx, []string{"a"})
			if took := time.Since(begun); len(w.sent) != c.sent || took != c.took {
				t.Errorf("%s: sent %d times in %s, want %d in %s", name, len(w.sent), took, c.sent, c.took)
			}
		})
	}
}

func TestAnAnswerThatNeverComesIsCutOffAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := client(t, hang, pair()).Describe(ctx, []string{"a"})
		if took := time.Since(begun); sent != 3 || took != 20*time.Second || KindOf(err) != KindUnavailable || !MayHaveLanded(err) {
			t.Errorf("%d attempts in %s, %v; want 3 in 20 s", sent, took, err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRefusedCredentialsAreReadAfreshOnce(t *testing.T) {
	refused := failure(401, "AUTHFAILURE_INVALID_AUTHORIZATION")
	rotated := &keys{all: []Credentials{{AccessKeyID: "old", AccessKeyPassword: "x"}, {AccessKeyID: "new", AccessKeyPassword: "y"}}}
	w := &wire{answers: []answer{refused, {status: 200, body: accepted}}}
	if err := client(t, w, rotated).StopInstances(t.Context(), []string{"a"}); err != nil || !strings.Contains(w.sent[1].Header.Get("Authorization"), "Credential=new,") {
		t.Errorf("error %v", err)
	}
	w, source := &wire{answers: []answer{refused}}, pair()
	err := client(t, w, source).StopInstances(t.Context(), []string{"a"})
	if KindOf(err) != KindCredentials || len(w.sent) != 2 || source.forgets != 1 {
		t.Errorf("sent %d times, %d read afresh, %v; want 2, 1", len(w.sent), source.forgets, err)
	}
}

func TestWhatASourceSaysDecidesTheKind(t *testing.T) {
	final := &keys{all: []Credentials{{}}, err: &CredentialsError{Message: "no such secret"}}
	if _, err := client(t, &wire{}, final).Describe(t.Context(), []string{"a"}); KindOf(err) != KindCredentials {
		t.Errorf("%v is of kind %d", err, KindOf(err))
	}
	synctest.Test(t, func(t *testing.T) {
		passing := &keys{all: []Credentials{{}}, err: errors.New("throttled")}
		if _, err := client(t, &wire{}, passing).Describe(t.Context(), []string{"a"}); KindOf(err) != KindUnavailable || MayHaveLanded(err) {
			t.Errorf("%v is of kind %d", err, KindOf(err))
		}
	})
}

func TestATokenIsSentAsBearerWithoutASignature(t *testing.T) {
	w := &wire{answers: []answer{{status: 200, body: accepted}}}
	if err := client(t, w, &keys{all: []Credentials{{Token: "tok"}}}).StopInstances(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	h := w.sent[0].Header
	if h.Get("Authorization") != "Bearer tok" || h.Get("X-Zc-Timestamp") != "" || h.Get("X-Zc-Signature-Method") != "" {
		t.Errorf("headers %v", h)
	}
}

func TestWhatWouldListTheWholeAccountIsNotSent(t *testing.T) {
	w := &wire{answers: []answer{{status: 200, body: nobody}}}
	c := client(t, w, pair())
	_, noIDs := c.Describe(t.Context(), nil)
	_, tooMany := c.Describe(t.Context(), make([]string, 101))
	_, noFilter := c.List(t.Context(), Filter{}, 1, 1000)
	for _, err := range []error{noIDs, tooMany, noFilter, c.StopInstances(t.Context(), nil)} {
		if KindOf(err) != KindRejected {
			t.Errorf("error %v", err)
		}
	}
	if len(w.sent) != 0 {
		t.Errorf("%d requests were sent", len(w.sent))
	}
	most := slices.Repeat([]string{"a"}, MaxIDs)
	if err := c.StopInstances(t.Context(), most); err != nil || len(w.sent) != 1 {
		t.Errorf("%d ids: error %v", len(most), err)
	}
}

func TestTheHostThatIsSignedIsTheHostThatIsSent(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want := authorization(Credentials{AccessKeyID: "id", AccessKeyPassword: canary}, r.Header.Get("Content-Type"), r.Host, body, at)
		if got := r.Header.Get("Authorization"); got != want || !strings.Contains(r.Host, ":") {
			t.Errorf("host %s\n got %s\nwant %s", r.Host, got, want)
		}
		_, _ = io.WriteString(w, accepted)
	}))
	defer server.Close()
	c, err := New(Config{Endpoint: server.URL, Source: pair(), Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.StopInstances(t.Context(), []string{"a"}); err != nil {
		t.Error(err)
	}
}

func TestEndpointsAreHTTPSOrNear(t *testing.T) {
	for endpoint, ok := range map[string]bool{
		"https://console.zenlayer.com": true, "https://x:8443/": true, "http://127.0.0.1:8080": true, "http://[::1]:1": true, "http://localhost": true,
		"http://10.1.2.3": true, "http://172.17.0.1:9": true, "http://192.168.1.1": true,
		"http://console.zenlayer.com": false, "http://8.8.8.8": false, "http://172.32.0.1": false, "ftp://localhost": false, "": false, "console": false,
		"https://u:p@x": false, "https://x/api": false, "https://x?q": false,
	} {
		if _, err := CheckEndpoint(endpoint); (err == nil) != ok {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	fits := answer{status: 200, body: strings.Repeat(" ", maxAnswer-len(accepted)) + accepted}
	if err := client(t, &wire{answers: []answer{fits}}, pair()).StopInstances(t.Context(), []string{"a"}); err != nil {
		t.Errorf("an answer of %d bytes: %v", len(fits.body), err)
	}
	huge := " " + fits.body
	err := client(t, &wire{answers: []answer{{status: 200, body: huge}}}, pair()).StopInstances(t.Context(), []string{"a"})
	if KindOf(err) != KindUnavailable {
		t.Errorf("an answer of %d bytes: %v", len(huge), err)
	}
	long := answer{status: 400, body: `{"code":"X","message":"` + strings.Repeat("m", 5000) + `\n"}`}
	err = client(t, &wire{answers: []answer{long}}, pair()).StopInstances(t.Context(), []string{"a"})
	if n := len(err.Error()); n > 500 || strings.Contains(err.Error(), "\n") {
		t.Errorf("the message has %d bytes", n)
	}
}

func TestNoCredentialIsEverPrinted(t *testing.T) {
	echo := answer{status: 400, body: `{"code":"X","message":"bad password ` + canary + `","requestId":"` + canary + `"}`}
	err := client(t, &wire{answers: []answer{echo}}, pair()).StopInstances(t.Context(), []string{"a"})
	c := Credentials{AccessKeyID: "id", AccessKeyPassword: canary, Token: canary}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "credentials", c, "secret", c.Token, "error", err)
	encoded, jsonErr := json.Marshal(c)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %v %s %s", c, c, c, c.Token, err, log.String(), encoded)
	if strings.Contains(shown, canary) {
		t.Errorf("a credential shows: %s", strings.ReplaceAll(shown, canary, "<HERE>"))
	}
	if !strings.Contains(shown, "bad password ***") {
		t.Errorf("the message is gone: %v", err)
	}
}

func TestAPageIsReadAsTheVendorWritesIt(t *testing.T) {
	body := `{"requestId":"r","response":{"requestId":"r","totalCount":7,"dataSet":[
		{"instanceId":"a","instanceName":"n","hostname":"h","instanceStatus":"RUNNING","zoneId":"z","resourceGroupId":"g","tags":{"tags":[{"key":"k","value":"v"}]},"new":1},
		{"instanceId":"b","tags":null},{"instanceName":"without an id"}]}}`
	w := &wire{answers: []answer{{status: 200, body: body}}}
	page, err := client(t, w, pair()).List(t.Context(), Filter{ZoneID: "z", Tags: []Tag{{Key: "k"}}}, 3, 1000)
	if err != nil || page.TotalCount != 7 || len(page.Instances) != 2 {
		t.Fatalf("%+v, error %v", page, err)
	}
	if a := page.Instances[0]; a.ID != "a" || a.Name != "n" || a.Hostname != "h" || a.Status != StatusRunning || a.ZoneID != "z" || a.ResourceGroupID != "g" || a.Tags[0] != (Tag{"k", "v"}) {
		t.Errorf("%+v", a)
	}
	if want := `{"zoneId":"z","tags":[{"key":"k","value":""}],"pageNum":3,"pageSize":1000}`; w.bodies[0] != want {
		t.Errorf("body %s, want %s", w.bodies[0], want)
	}
}

func ExampleClient_StopInstances() {
	answers := &wire{answers: []answer{{status: 200, body: accepted}}}
	client, err := New(Config{Endpoint: "https://console.zenlayer.com", Source: pair(), Transport: answers})
	if err != nil {
		panic(err)
	}
	err = client.StopInstances(context.Background(), []string{"instanceId1", "instanceId2"})
	fmt.Println(err, answers.bodies[0])
	// Output: <nil> {"instanceIds":["instanceId1","instanceId2"]}
}
