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

// page is what docs/performance.md shows.
type page struct {
	measured
	Points []scale.Point // the largest run is the last
	Starts start.Report
}

// write writes the page as Markdown.
func (p page) write(w io.Writer, now time.Time) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"date": func() string { return now.UTC().Format("2 January 2006") },
		"machine": func() string {
			return fmt.Sprintf("%d cores (%s/%s, %s)", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
		},
		"latency":      func() int64 { return scale.Latency.Milliseconds() },
		"rate":         func() int { return scale.Rate },
		"stopTakes":    scale.StopTakes.Seconds,
		"ideal":        scale.Ideal,
		"megabytes":    megabytes,
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
