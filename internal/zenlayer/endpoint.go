package zenlayer

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// CheckEndpoint parses an endpoint: https://host[:port], or http where the host is
// localhost or a loopback or private address, so that no token crosses a public
// network unencrypted. It allows no path other than "/", no query and no user, and
// does not quote them in the error, since they may be secrets. The returned URL's
// Host is the Host header to send: in lower case, without the default port.
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
	if u.Scheme != "https" && (u.Scheme != "http" || !isPrivate(u.Hostname())) {
		return nil, fmt.Errorf("endpoint %s://%s: must be https (http is for loopback and private addresses only)", u.Scheme, u.Host)
	}
	return u, nil
}

// isPrivate reports whether requests to host stay on this machine or in a private network.
func isPrivate(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate())
}

// wireHost is the Host header of requests to u. It is signed, so it must be exactly
// what the server sees. Go would send a redundant ":443" unchanged, and would
// rewrite a name that is not ASCII.
func wireHost(u *url.URL) (string, error) {
	name := strings.ToLower(u.Hostname())
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII || r == '%' }) {
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
