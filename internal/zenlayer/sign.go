package zenlayer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
