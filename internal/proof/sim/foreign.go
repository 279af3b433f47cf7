package sim

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
)

// foreign are the forms of an answer that is not one of the API's: what a proxy, a load
// balancer, a status page or something else on the way answers in its place.
var foreign = map[string]answer{
	"page400":    htmlPage(http.StatusBadRequest, "400 The plain HTTP request was sent to HTTPS port"),
	"page401":    htmlPage(http.StatusUnauthorized, "401 Authorization Required"),
	"page403":    htmlPage(http.StatusForbidden, "403 Forbidden"),
	"page404":    htmlPage(http.StatusNotFound, "404 Not Found"),
	"page421":    htmlPage(http.StatusMisdirectedRequest, "421 Misdirected Request"),
	"page200":    htmlPage(http.StatusOK, "Down for maintenance"),
	"redirect":   {status: http.StatusFound, html: true, header: http.Header{"Location": {"https://status.zenlayer.example/maintenance"}}},
	"emptyBody":  {status: http.StatusOK},
	"emptyError": {status: http.StatusBadRequest},
	"noCode":     {status: http.StatusBadRequest, body: []byte(`{"message":"no Route matched with those values"}`)},
	"lowerCode":  {status: http.StatusNotFound, body: []byte(`{"code":"not_found","message":"Not found."}`)},
	"numberCode": {status: http.StatusNotFound, body: []byte(`{"code":404,"message":"Not found."}`)},
	"notTLS":     {notTLS: true},
}

// Forms lists every form of an answer that is not the API's.
func Forms() []string { return slices.Sorted(maps.Keys(foreign)) }

// foreign is an answer of this form, or, where it is empty, of one by chance. The body
// of some says which request it was, as those of real proxies do.
func (s *Server) foreign(form, id string) answer {
	if form == "" {
		all := Forms()
		form = all[s.rand.IntN(len(all))]
	}
	a := foreign[form]
	if a.html {
		a.body = fmt.Appendf(slices.Clone(a.body), "<!-- %s -->", id)
	}
	return a
}

// wrongCount is a totalCount that cannot be, beside so many rows.
func (s *Server) wrongCount(rows int) int {
	if rows > 0 && s.rand.IntN(2) == 0 {
		return 0
	}
	return math.MaxInt64
}
