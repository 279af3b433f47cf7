package sim

import (
	"mime"
	"net/http"
)

// Versions of the API that the server accepts (vendor); both actions have the
// same fields in both.
const (
	Version           = "2026-02-01"
	DeprecatedVersion = "2022-11-20"
)

// checkHeaders checks what every request must carry besides its credentials. The
// codes are a choice of this simulator.
func checkHeaders(r *http.Request) *refusal {
	if !isJSON(r.Header.Get("Content-Type")) {
		return refuse(CodeParameterValue, "Content-Type must be application/json.")
	}
	switch version := r.Header.Get("X-ZC-Version"); {
	case r.Header.Get("X-ZC-Action") == "":
		return refuse(CodeMissingParameter, "X-ZC-Action is required.")
	case version == "":
		return refuse(CodeMissingParameter, "X-ZC-Version is required.")
	case version != Version && version != DeprecatedVersion:
		return refuse(CodeParameterValue, "X-ZC-Version is not known.")
	}
	return nil
}

// isJSON accepts application/json with any parameters, such as a charset.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true // the usual value needs no parsing
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}
