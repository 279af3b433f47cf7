package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/proof/verify"
)

// The local AWS answers both calls. It takes every definition for valid, so what this
// shows is that the questions are put as AWS takes them, and that each state that
// it can test alone goes where the interpreter says.
//
// It runs alone: the local AWS gives an expression one second, as AWS does, and would not
// hold it beside others.
func TestTheWorkflowIsVerified(t *testing.T) {
	var out strings.Builder
	if err := verify.Run(t.Context(), sfn.NewFromConfig(up.AWS), verify.Options{Region: up.AWS.Region, Endpoint: up.Endpoint}, &out); err != nil {
		t.Errorf("%v:\n%s", err, out.String())
	}
	if n := strings.Count(out.String(), " ok\n"); n < 120 || strings.Count(out.String(), "not tested") > 2 {
		t.Errorf("%d answers are ok:\n%s", n, out.String())
	}
}
