package stack

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"
)

// Report prints a line for each instance of the run, its notes and its summary.
func Report(w io.Writer, e Execution) {
	fmt.Fprintf(w, "\nrun %s (%s)\n\n", e.Name, e.Run.Trigger.Kind)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "INSTANCE\tNAME\tBEFORE\tSTATUS\tVERDICT\tSECONDS\tNOTE")
	for _, in := range e.Run.Instances {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n",
			in.ID, in.Name, cmp.Or(in.Before, "-"), cmp.Or(in.Status, "-"), cmp.Or(string(in.Verdict), "-"), in.Seconds, in.Note)
	}
	_ = t.Flush()
	if e.Run.Omitted > 0 {
		fmt.Fprintf(w, "%d instances are left out of this report, to keep it within one payload.\n", e.Run.Omitted)
	}
	if n := len(e.Parts); n > 0 {
		fmt.Fprintf(w, "The run has %d parts. The executions %s to %s list every instance: make show RUN=%s\n", n, e.Parts[0], e.Parts[n-1], e.Parts[0])
	}
	for _, note := range e.Run.Notes {
		fmt.Fprintln(w, "note: "+note)
	}
	fmt.Fprintf(w, "\n%s: %s\nworkflow %s", e.Run.Outcome, e.Run.Summary, e.Status)
	if e.Error != "" {
		fmt.Fprintf(w, ", error %s", e.Error)
	}
	fmt.Fprintln(w)
}
