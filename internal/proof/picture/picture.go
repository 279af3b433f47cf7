// Package picture draws the history of a run: a row for each instance, with its
// status over time, the stops that were asked for and what came of them, the calls
// that failed, and the verdict. The result is one HTML page or one SVG image, which
// loads nothing from outside and has no script, so that it can be mailed.
//
// The package knows run documents only. Its callers read them from Step Functions,
// from the campaign or from a test.
//
// A document holds what was seen, and not which instances a look missed. So a bar
// shows the status as last seen, and is faint from the last look that showed it on.
//
// The templates are the standard library's html/template with plain SVG, because it
// escapes what comes from outside. The plotting libraries for Go have no bars with
// patterns, marks and texts to hover over, or need scripts from another server.
package picture

import (
	"embed"
	"errors"
	"html/template"
	"io"
	"slices"
	"time"

	"zenstop/internal/runs"
)

// Moment is one step of an execution: the run document as it stood when a state of
// the workflow was left, or a call that failed. The moments of a large run are its
// own and those of its parts together, in any order.
type Moment struct {
	At    time.Time
	State string   // of the workflow, such as "CheckStatus"; empty: the start or the end of the execution
	Run   runs.Run // the newest document of that execution

	// Error and Cause are those of a failed attempt of the state's call, or those of
	// an execution that ended without a report. Empty: the state was left with Run.
	Error, Cause string
}

// ErrNothing is returned where no moment holds a run document.
var ErrNothing = errors.New("the history holds no run document, so there is nothing to draw")

//go:embed page.html chart.svg style.css
var files embed.FS

// HTML writes a page with the picture, the summary, the notes and the reasons.
func HTML(w io.Writer, moments []Moment) error { return write(w, "page.html", moments) }

// SVG writes the picture alone, with the summary and the notes above it.
func SVG(w io.Writer, moments []Moment) error { return write(w, "chart.svg", moments) }

func write(w io.Writer, name string, moments []Moment) error {
	if !slices.ContainsFunc(moments, func(m Moment) bool { return m.Run.Name != "" }) {
		return ErrNothing
	}
	css, err := files.ReadFile("style.css")
	if err != nil {
		return err
	}
	pages, err := template.ParseFS(files, "page.html", "chart.svg")
	if err != nil {
		return err
	}
	sorted := slices.SortedStableFunc(slices.Values(moments), func(a, b Moment) int { return a.At.Compare(b.At) })
	v := layOut(newChart(sorted), name == "chart.svg")
	v.Style = template.CSS(css) //nolint:gosec // the style sheet is part of this package
	return pages.ExecuteTemplate(w, name, v)
}
