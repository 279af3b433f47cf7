package sim

import (
	"maps"
	"net/http"
	"strconv"
)

// answer is one HTTP answer, ready to be sent.
type answer struct {
	status int
	code   string      // of a failure
	header http.Header // besides Content-Type and Content-Length
	html   bool
	body   []byte
	silent bool // the request hangs and never gets an answer
	broken bool // the connection breaks instead of an answer
	notTLS bool // what answers does not speak TLS
}

// failure is the vendor's flat envelope.
func failure(bad *refusal, id string) answer {
	body := encode(map[string]string{"requestId": id, "code": bad.code, "message": bad.message})
	return answer{status: bad.status, code: bad.code, body: body}
}

// success is the vendor's nested envelope, around fields that begin with a comma.
func success(id string, fields []byte) answer {
	b := make([]byte, 0, len(fields)+2*len(id)+64)
	b = append(b, `{"requestId":"`...)
	b = append(b, id...)
	b = append(b, `","response":{"requestId":"`...)
	b = append(b, id...)
	b = append(b, '"')
	b = append(b, fields...)
	return answer{status: http.StatusOK, body: append(b, "}}"...)}
}

// headers are all headers of the answer.
func (a answer) headers() http.Header {
	h := make(http.Header, 3)
	maps.Copy(h, a.header)
	kind := "application/json;charset=UTF-8"
	if a.html {
		kind = "text/html; charset=UTF-8"
	}
	h["Content-Type"] = []string{kind}
	h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	return h
}

// requestID looks like the vendor's: a T and a UUID in capitals.
func (s *Server) requestID() string {
	const digits = "0123456789ABCDEF"
	id := []byte("Txxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx")
	var bits uint64
	for n, c := range id {
		if c == 'x' {
			if bits == 0 {
				bits = s.ids.Uint64() | 1
			}
			id[n] = digits[bits&15]
			bits >>= 4
		}
	}
	return string(id)
}
