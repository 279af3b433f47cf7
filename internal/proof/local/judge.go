package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/proof/audit"
	"zenstop/internal/proof/picture/history"
)

// judge is make judge. It only reads, and finds the run as make picture does; without a name
// it takes the newest run of the stack that is up.
func judge(ctx context.Context, run string, getenv func(string) string, out io.Writer) error {
	run, err := named(ctx, run)
	if err != nil {
		return err
	}
	settings, arn, err := whereIs(ctx, run, getenv)
	if err != nil {
		return err
	}
	of, parts, err := history.ForAudit(ctx, sfn.NewFromConfig(settings), arn)
	if err != nil {
		return unread(arn, err)
	}
	j := audit.Judge(of, parts)
	if err := audit.Page(out, of, j); err != nil {
		return err
	}
	switch {
	case len(j.Findings) > 0:
		return errNotGood
	case len(j.Unjudged) > 0:
		return errors.New("the run cannot be judged to its end: " + strings.Join(j.Unjudged, "; "))
	}
	return nil
}
