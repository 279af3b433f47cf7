package zenlayer

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// CheckEndpoint accepts https://host[:port], and http where the host is localhost
// or a loopback or private address: credentials do not cross a network in the
// clear. A path other than "/", a query and a user are refused, and never quoted
// in the error. The URL's Host is as it goes on the wire: in lower case, and
// without a port that the scheme implies.
func CheckEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(endpoint, "/"))
	if err != nil || u.Host == "" {
		return nil, errors.New("the endpoint must be https://host or https://host:port")
	}
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("the endpoint must be https://host or https://host:port, with no user, path or query")
	}
	if u.Host, err = wireHost(u); err != nil {
		return nil, err
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !near(u.Hostname())) {
		return nil, fmt.Errorf("endpoint %s://%s: must be https (http is for loopback and private addresses only)", u.Scheme, u.Host)
	}
	return u, nil
}

// near reports whether requests to host stay on this machine or in a private network.
func near(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate())
}

// wireHost is the Host header of requests to u. The header is signed, so it must
// be what the server compares with: Go would send a redundant ":443" as it stands,
// and rewrite a name that is not ASCII.
func wireHost(u *url.URL) (string, error) {
	name := strings.ToLower(u.Hostname())
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '%' }) {
		return "", errors.New("the endpoint's host name must be ASCII (punycode for others), without a zone")
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	port := u.Port()
	if port == "" || port == map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		return name, nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("endpoint %s://%s: no such port: %s", u.Scheme, name, port)
	}
	return name + ":" + port, nil
}
