package zenlayer

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func answered(status int, body string) error {
	_, err := read("StopInstances", &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, Credentials{}, time.Time{})
	return err
}

func TestARefusalThatIsCutHalfWayIsNotFinal(t *testing.T) {
	const whole = `{"requestId":"T1","code":"INVALID_INSTANCE_NOT_FOUND","message":"An instance does not exist."}`
	for n := 1; n < len(whole); n++ {
		if err := answered(http.StatusNotFound, whole[:n]); KindOf(err) != KindUnavailable || MayHaveLanded(err) {
			t.Fatalf("cut after %d bytes: kind %d, may have landed %v; want one that may pass, without effect", n, KindOf(err), MayHaveLanded(err))
		}
	}
	if err := answered(http.StatusNotFound, whole); KindOf(err) != KindInstance {
		t.Errorf("the whole answer: %v", err)
	}
	if err := answered(http.StatusNotFound, "<html>no such page</html>"); KindOf(err) != KindRejected {
		t.Errorf("a page that is no answer of the API: %v", err)
	}
}
