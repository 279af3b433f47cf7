package sim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

// signed is a request with a signature that this package did not compute: the
// answers were published by the vendor (first) or come from another program.
type signed struct {
	key, password, contentType, body, signature string
	unix                                        int64
	action                                      string
}

var published = signed{
	key: "0D9UtpyKYcHxms5v", password: "Gu5t9xGARNpq86cd98joQYCN3", contentType: "application/json; charset=utf-8",
	body: `{"pageSize":10,"pageNum":1,"zoneId":"HKG-A"}`, unix: 1673361177, action: sim.ActionDescribe,
	signature: "efb356c32e55c781e10dc676da59462c22596d82e91c57803666243379555b2f",
}

var computed = signed{
	key: "any", password: "secret", contentType: "application/json",
	body: `{"instanceIds":["instanceId1","instanceId2"]}`, unix: 1700000000, action: sim.ActionStop,
	signature: "e2b5ca8c5181df53bea930c02db2485d6d0628ee21427b4af453eb1b155a6bbf",
}

func (s signed) request(t *testing.T) *http.Request {
	t.Helper()
	r := request(t, s.action, s.body)
	r.Host = "console.zenlayer.com"
	r.Header.Set("Content-Type", s.contentType)
	r.Header.Set("X-ZC-Timestamp", fmt.Sprint(s.unix))
	r.Header.Set("X-ZC-Signature-Method", "ZC2-HMAC-SHA256")
	r.Header.Set("Authorization", "ZC2-HMAC-SHA256 Credential="+s.key+", SignedHeaders=content-type;host, Signature="+s.signature)
	return r
}

// rig is a server at the moment of the signature that lets its key in.
func (s signed) rig(t *testing.T) *rig {
	t.Helper()
	r := fleet(t, sim.Instance{ID: "instanceId1"}, sim.Instance{ID: "instanceId2"})
	r.now = time.Unix(s.unix, 0)
	r.SetCredentials(sim.Credential{AccessKeyID: s.key, AccessKeyPassword: s.password})
	return r
}

func TestKnownSignaturesAreLetIn(t *testing.T) {
	for name, s := range map[string]signed{"published by the vendor": published, "computed by another program": computed} {
		t.Run(name, func(t *testing.T) {
			p, err := s.rig(t).send(s.request(t))
			if err != nil {
				t.Fatal(err)
			}
			wantAnswer(t, p, http.StatusOK, "")
		})
	}
}

func TestWhateverIsWrongWithASignatureIsRefused(t *testing.T) {
	cases := map[string]struct {
		change func(*http.Request)
		code   string
	}{
		"other body":          {func(r *http.Request) { r.Body = request(t, "", `{"pageSize":11}`).Body }, sim.CodeSignatureFailure},
		"other content type":  {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, sim.CodeSignatureFailure},
		"other host":          {func(r *http.Request) { r.Host = "console.example.com" }, sim.CodeSignatureFailure},
		"other timestamp":     {func(r *http.Request) { r.Header.Set("X-ZC-Timestamp", "1673361178") }, sim.CodeSignatureFailure},
		"no timestamp":        {func(r *http.Request) { r.Header.Del("X-ZC-Timestamp") }, sim.CodeInvalidAuthorization},
		"no signature method": {func(r *http.Request) { r.Header.Del("X-ZC-Signature-Method") }, sim.CodeInvalidAuthorization},
		"no authorization":    {func(r *http.Request) { r.Header.Del("Authorization") }, sim.CodeInvalidAuthorization},
		"unknown key":         {edit("0D9UtpyKYcHxms5v", "0D9UtpyKYcHxms5w"), sim.CodeInvalidAuthorization},
		"other scheme":        {edit("ZC2-HMAC-SHA256 ", "ZC1-HMAC-SHA256 "), sim.CodeInvalidAuthorization},
		"host not signed":     {edit("content-type;host", "content-type"), sim.CodeInvalidAuthorization},
		"unknown field":       {edit("Signature=", "Sign="), sim.CodeInvalidAuthorization},
		"one digit changed":   {edit("Signature=e", "Signature=d"), sim.CodeSignatureFailure},
		"headers swapped":     {edit("content-type;host", "host;content-type"), sim.CodeSignatureFailure},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			q := published.request(t)
			c.change(q)
			p, err := published.rig(t).send(q)
			if err != nil {
				t.Fatal(err)
			}
			wantAnswer(t, p, http.StatusUnauthorized, c.code)
		})
	}
}

// edit changes the text of the Authorization header.
func edit(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
	}
}

func TestFiveMinutesOfSkewAreAllowedEitherWay(t *testing.T) {
	for skew, code := range map[time.Duration]string{
		5 * time.Minute: "", -5 * time.Minute: "",
		5*time.Minute + time.Second: sim.CodeSignatureExpired, -5*time.Minute - time.Second: sim.CodeSignatureExpired,
	} {
		r := published.rig(t)
		r.now = r.now.Add(skew)
		p, err := r.send(published.request(t))
		if err != nil {
			t.Fatal(err)
		}
		if p.Code != code {
			t.Errorf("clock off by %s: code %q, want %q", skew, p.Code, code)
		}
	}
}

func TestARotationTakesTheOldTokenAndKeyAway(t *testing.T) {
	r := fleet(t)
	wantAnswer(t, r.describe(), http.StatusOK, "")
	r.SetCredentials(sim.Credential{Token: "new"}, sim.Credential{Token: "sim-token"})
	wantAnswer(t, r.describe(), http.StatusOK, "")
	r.SetCredentials(sim.Credential{Token: "new"})
	wantAnswer(t, r.describe(), http.StatusUnauthorized, sim.CodeInvalidAuthorization)
}

func TestACredentialNeverPrintsItsSecret(t *testing.T) {
	all := []sim.Credential{{AccessKeyID: "id", AccessKeyPassword: "hush"}, {Token: "hush"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, all); strings.Contains(text, "hush") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}
