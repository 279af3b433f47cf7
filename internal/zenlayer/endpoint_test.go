package zenlayer

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheHostIsInLowerCaseAndWithoutTheDefaultPort(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://Console.Zenlayer.com":     "console.zenlayer.com",
		"https://console.zenlayer.com:443": "console.zenlayer.com",
		"https://console.zenlayer.com:":    "console.zenlayer.com",
		"https://x:8443/":                  "x:8443",
		"http://localhost:80":              "localhost",
		"http://LOCALHOST:443":             "localhost:443",
		"http://[::1]:8080":                "[::1]:8080",
		"http://[FD00::1]":                 "[fd00::1]",
	} {
		u, err := CheckEndpoint(endpoint)
		if err != nil || u.Host != want {
			t.Errorf("%s: %v, error %v; want host %s", endpoint, u, err, want)
		}
	}
}

func TestABadEndpointIsAnErrorThatDoesNotShowItsSecrets(t *testing.T) {
	for _, endpoint := range []string{
		"https://" + canary + "@x", "https://u:" + canary + "@x", "https://x/" + canary, "https://x?k=" + canary, "https://x#" + canary,
		"https://u:" + canary + "@x:port", "http://8.8.8.8/" + canary, "https://x?", "https://x:0", "https://x:99999", "https://:443", "https:x",
		"https://bücher.example", "https://a b", "https://a%20b", "https://a\x7f", "https://a\n", "https://[fe80::1%25eth0]", "http://127.0.0.1.example.com", "http://[::ffff:8.8.8.8]", "http://localhost.example.com",
		"//localhost", "HTTPS//x", "https://x//",
	} {
		_, err := New(Config{Endpoint: endpoint, Source: pair()})
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: error %v", endpoint, err)
		}
	}
}

func TestABadConfigIsAnError(t *testing.T) {
	good := Config{Endpoint: "https://x", Source: pair()}
	for name, spoil := range map[string]func(*Config){
		"no source":          func(c *Config) { c.Source = nil },
		"negative time-out":  func(c *Config) { c.Timeout = -1 },
		"negative attempts":  func(c *Config) { c.Retry.Attempts = -1 },
		"bounds turned over": func(c *Config) { c.Retry.Min, c.Retry.Max = 2, 1 },
	} {
		bad := good
		spoil(&bad)
		if _, err := New(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTheDefaultTransportHasTimeOutsAndHonoursProxies(t *testing.T) {
	cfg, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	tr, ok := cfg.Transport.(*http.Transport)
	if !ok || tr.Proxy == nil || tr.DialContext == nil || tr.TLSHandshakeTimeout == 0 || tr.IdleConnTimeout == 0 || tr.MaxResponseHeaderBytes == 0 {
		t.Errorf("%+v", cfg.Transport)
	}
	if j := cfg.Jitter(); j < 0 || j >= 1 {
		t.Errorf("jitter %v", j)
	}
}

// HTTP/2 sends :authority instead of a Host header. The server reads it as the Host.
func TestTheHostIsSignedAsSentWithHTTP2Too(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 || !signedFor(t, r) {
			t.Errorf("%s, Host %s, %s", r.Proto, r.Host, r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, accepted)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c, err := New(Config{Endpoint: server.URL, Source: pair(), Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
		t.Error(err)
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
	if err := c.Ask(t.Context(), StopInstances, []string{"a"}); err != nil {
		t.Error(err)
	}
}

func TestAnEndpointIsHTTPSOrOnAPrivateNetwork(t *testing.T) {
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
