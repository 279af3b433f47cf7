package handler

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"zenstop/internal/shutdown"
)

func TestABadOrEndedDocumentIsAnError(t *testing.T) {
	f := &function{shutdown.Runner{Now: time.Now}} // it has no API: an error must come before any call
	for _, doc := range []string{``, `null`, `{}`, `{"run":"a b"}`} {
		if run, err := f.Handle(t.Context(), json.RawMessage(doc)); err == nil {
			t.Errorf("%q: %+v", doc, run)
		}
	}
	run := shutdown.Refused(shutdown.Request{Run: "r", Timeout: time.Hour}, "why", time.Now())
	doc, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Handle(t.Context(), doc); err == nil {
		t.Error("a run that has ended was checked")
	}
}

func TestTheSampleIsARunDocument(t *testing.T) {
	doc, err := os.ReadFile("../../events/status-run.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shutdown.Decode(doc); err != nil {
		t.Error(err)
	}
}
