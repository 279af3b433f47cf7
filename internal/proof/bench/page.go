package main

import (
	_ "embed"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/template"
	"time"

	"zenstop/internal/proof/bench/scale"
	"zenstop/internal/proof/bench/start"
)

//go:embed performance.md.tmpl
var pageText string

// page is what the template of docs/performance.md needs.
type page struct {
	Date, Machine      string
	Latency, StopTakes time.Duration
	Rate               int
	measured
	Points []scale.Point // the largest run is the last
	Starts start.Report
}

func newPage(m measured, points []scale.Point, starts start.Report, now time.Time) page {
	return page{
		Date:    now.UTC().Format("2 January 2006"),
		Machine: fmt.Sprintf("a machine with %d cores (%s/%s, %s)", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		Latency: scale.Latency, StopTakes: scale.StopTakes, Rate: scale.Rate,
		measured: m, Points: points, Starts: starts,
	}
}

// write writes the page as Markdown.
func (p page) write(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"ideal":        scale.Ideal,
		"megabytes":    func(bytes int64) number { return megabytes(bytes, 0, 1) },
		"milliseconds": func(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) },
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// Figures are all that have a bound.
func (p page) Figures() []figure {
	return slices.Concat(p.counted(), scaleFigures(p.Points[len(p.Points)-1]), startFigures(p.Starts))
}
