package zenlayer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const contentType = "application/json"

// authorization returns the Authorization header of a request: its signature with
// ZC2-HMAC-SHA256. The action is not signed.
// Source: the vendor's documentation of API signatures.
func authorization(c Credentials, contentType, host string, body []byte, at time.Time) string {
	canonical := "POST\n/\n\ncontent-type:" + contentType + "\nhost:" + host + "\n\ncontent-type;host\n" + hash(body)
	toSign := "ZC2-HMAC-SHA256\n" + strconv.FormatInt(at.Unix(), 10) + "\n" + hash([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(c.AccessKeyPassword))
	mac.Write([]byte(toSign))
	return fmt.Sprintf("ZC2-HMAC-SHA256 Credential=%s, SignedHeaders=content-type;host, Signature=%s",
		c.AccessKeyID, hex.EncodeToString(mac.Sum(nil)))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// setHeaders signs the request, or sets the token. It sets the Host explicitly so
// that the host that is signed is the host that is sent.
func (c *Client) setHeaders(req *http.Request, action string, body []byte, cred Credentials) {
	req.Host = c.host
	h := req.Header
	h.Set("Content-Type", contentType)
	h.Set("User-Agent", product)
	h.Set("X-ZC-Action", action)
	h.Set("X-ZC-Version", version)
	h.Set("x-zc-service", "bmc")
	h.Set("x-zc-request-client", product)
	if cred.Token != "" {
		h.Set("Authorization", "Bearer "+string(cred.Token))
		return
	}
	now := c.cfg.Now()
	h.Set("X-ZC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("X-ZC-Signature-Method", "ZC2-HMAC-SHA256")
	h.Set("Authorization", authorization(cred, contentType, req.Host, body, now))
}
