package plots

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Bar is one value with its name.
type Bar struct {
	Name  string
	Value float64
}

const (
	barWidth  = 28
	barsWidth = 480
)

// WriteBars draws one bar for each value into a file; y is the axis with its unit.
func WriteBars(path, title, y string, bars []Bar) error {
	p := blank(title, "", y)
	p.Y.Min, p.Y.Tick.Marker = 0, plot.TickerFunc(ticks)
	var values plotter.Values
	var names []string
	for _, b := range bars {
		values, names = append(values, b.Value), append(names, b.Name)
	}
	chart, err := plotter.NewBarChart(values, vg.Length(barWidth))
	if err != nil {
		return err
	}
	chart.Color = color.RGBA{0, 114, 178, 255}
	p.Add(chart)
	p.NominalX(names...)
	canvas := vgsvg.New(barsWidth, panelHeight)
	p.Draw(draw.Crop(draw.New(canvas), 6, -12, 6, -6))
	return save(path, canvas)
}
