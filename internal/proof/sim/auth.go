package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SignatureMethod is the vendor's only signature scheme.
const SignatureMethod = "ZC2-HMAC-SHA256"

// MaxSkew is how far a request's timestamp may be from the server's clock (vendor: 5 minutes).
const MaxSkew = 5 * time.Minute

// authorize checks the credentials of a request: a bearer token or a signature
// (vendor). It returns nil where they are let in.
func (k keyring) authorize(r *http.Request, body []byte, now time.Time) *refusal {
	header := r.Header.Get("Authorization")
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		if !k.tokens[token] {
			return refuse(CodeInvalidAuthorization, "The token is not valid.")
		}
		return nil
	}
	claim, ok := parseClaim(header)
	if !ok {
		return refuse(CodeInvalidAuthorization, "The Authorization header is malformed.")
	}
	if r.Header.Get("X-ZC-Signature-Method") != SignatureMethod {
		return refuse(CodeInvalidAuthorization, "X-ZC-Signature-Method must be "+SignatureMethod+".")
	}
	return k.verify(claim, r, body, now)
}

// claim is what the Authorization header of a signed request says.
type claim struct {
	keyID     string
	headers   []string
	signature string
}

// parseClaim reads `ZC2-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
func parseClaim(header string) (claim, bool) {
	fields, ok := strings.CutPrefix(header, SignatureMethod+" ")
	if !ok {
		return claim{}, false
	}
	var c claim
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			c.keyID = value
		case "SignedHeaders":
			c.headers = strings.Split(value, ";")
		case "Signature":
			c.signature = value
		default:
			return claim{}, false
		}
	}
	signsBoth := slices.Contains(c.headers, "content-type") && slices.Contains(c.headers, "host")
	return c, c.keyID != "" && c.signature != "" && signsBoth
}

// verify computes the signature afresh and compares. It also checks the age of
// the request.
func (k keyring) verify(c claim, r *http.Request, body []byte, now time.Time) *refusal {
	password, known := k.passwords[c.keyID]
	if !known {
		return refuse(CodeInvalidAuthorization, "The access key does not exist.")
	}
	timestamp := r.Header.Get("X-ZC-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return refuse(CodeInvalidAuthorization, "X-ZC-Timestamp must be in unix seconds.")
	}
	want := sign(password, timestamp, canonical(r, c.headers, body))
	if !hmac.Equal([]byte(want), []byte(c.signature)) {
		return refuse(CodeSignatureFailure, "The signature does not match.")
	}
	if skew := now.Sub(time.Unix(seconds, 0)).Abs(); skew > MaxSkew {
		return refuse(CodeSignatureExpired, "The timestamp is more than five minutes off.")
	}
	return nil
}

// canonical is the text whose hash is signed. Its path is always "/" and its query
// always empty, whatever the request has (vendor).
func canonical(r *http.Request, headers []string, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n/\n\n")
	for _, name := range headers {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		b.WriteString(name + ":" + value + "\n")
	}
	b.WriteString("\n" + strings.Join(headers, ";") + "\n" + hexSum(body))
	return b.String()
}

// sign is the signature of a canonical text, in hexadecimal (vendor).
func sign(password, timestamp, canonical string) string {
	mac := hmac.New(sha256.New, []byte(password))
	_, _ = mac.Write([]byte(SignatureMethod + "\n" + timestamp + "\n" + hexSum([]byte(canonical))))
	return hex.EncodeToString(mac.Sum(nil))
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
