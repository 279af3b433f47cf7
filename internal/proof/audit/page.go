package audit

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Page writes the judgement of an execution as a page of text: what the run claims of each
// instance, since when and until when the history shows it, which rules were applied, and what
// the history does not bear.
func Page(out io.Writer, h History, j Judgement) error {
	var page bytes.Buffer
	fmt.Fprintf(&page, "Run %s, judged by its history alone\n\n", h.Name)
	fmt.Fprintf(&page, "Started  %s\nEnded    %s as %s\nOutcome  %s\nIt says  %s\n\n", stamp(h.Started), stamp(h.Ended), cmp.Or(h.Status, "not ended yet"), cmp.Or(j.Outcome, "none"), j.Summary)
	table := tabwriter.NewWriter(&page, 0, 4, 2, ' ', 0)
	if len(j.Claims) > 0 {
		fmt.Fprintln(table, "INSTANCE\tIT SAYS\tREQUESTS\tSHOWN AS\tSINCE\tLAST\tRESTS ON")
	}
	for _, c := range j.Claims {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", c.Instance, cmp.Or(c.Verdict, "-"), c.Requests, cmp.Or(c.Status, "-"), stamp(c.First), stamp(c.Last), c.Rests)
	}
	_ = table.Flush() // a buffer takes everything
	fmt.Fprintln(&page, "\nRules, and how often each was applied")
	for _, rule := range Rules() {
		fmt.Fprintf(&page, "%7d  %s\n", j.Applied[rule], rule)
	}
	fmt.Fprintln(&page)
	for _, f := range j.Findings {
		fmt.Fprintf(&page, "NOT BORNE OUT  %s\n", f)
	}
	for _, u := range j.Unjudged {
		fmt.Fprintf(&page, "NOT JUDGED     %s\n", u)
	}
	switch {
	case len(j.Findings) > 0:
	case len(j.Unjudged) > 0:
		fmt.Fprintln(&page, "As far as the history goes, it shows all that the run says.")
	default:
		fmt.Fprintln(&page, "BORNE OUT: the history shows all that the run says.")
	}
	if j.Unsent {
		fmt.Fprintln(&page, "The history does not have what was sent, as that of the local AWS: messages, events and the inputs of further runs were not judged.")
	}
	fmt.Fprintln(&page, "The history has what the functions took from Zenlayer's answers, and not the answers themselves.")
	_, err := page.WriteTo(out)
	return err
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

// Broken are the names of the rules that the history breaks, each once.
func (j *Judgement) Broken() []string {
	var names []string
	for _, f := range j.Findings {
		if !slices.Contains(names, f.Rule) {
			names = append(names, f.Rule)
		}
	}
	return names
}
