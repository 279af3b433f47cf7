package plots

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func (panel Panel) plot() (*plot.Plot, error) {
	p := blank(panel.Title, panel.X, panel.Y)
	p.Legend.Top, p.Legend.Left = true, true // the marker before its name, so that a wider font does not cover it
	if panel.Legend == TopRight {
		p.Legend.XOffs = legendOffset
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	for i, s := range panel.Lines {
		if err := addLine(p, s, i); err != nil {
			return nil, err
		}
	}
	for _, s := range panel.Points {
		if err := addPoints(p, s, looks()[s.Look%len(looks())]); err != nil {
			return nil, err
		}
	}
	if panel.Legend == Nowhere {
		p.Legend = plot.NewLegend()
	}
	panel.setAxes(p)
	return p, nil
}

// blank is a plot without data, in a font without serifs.
func blank(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding, p.Legend.Padding = 6, 3
	for size, styles := range map[vg.Length][]*text.Style{
		12: {&p.Title.TextStyle},
		10: {&p.X.Label.TextStyle, &p.Y.Label.TextStyle},
		9:  {&p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle},
	} {
		for _, style := range styles {
			style.Font = font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
		}
	}
	return p
}

func (panel Panel) setAxes(p *plot.Plot) {
	for _, axis := range []struct {
		*plot.Axis
		max float64
	}{{&p.X, panel.MaxX}, {&p.Y, panel.MaxY}} {
		if panel.Log {
			axis.Min, axis.Max = math.Pow10(int(math.Floor(math.Log10(axis.Min)))), math.Pow10(int(math.Ceil(math.Log10(axis.Max))))
			axis.Scale, axis.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
			continue
		}
		axis.Min, axis.Tick.Marker = 0, plot.TickerFunc(ticks)
		if axis.max > 0 {
			axis.Max = axis.max
		}
	}
}

// ticks are those of the library, with no more digits than a value has.
func ticks(from, to float64) []plot.Tick {
	all := plot.DefaultTicks{}.Ticks(from, to)
	for i := range all {
		if all[i].Label != "" {
			all[i].Label = strconv.FormatFloat(all[i].Value, 'g', 6, 64)
		}
	}
	return all
}

func addLine(p *plot.Plot, s Series, i int) error {
	line, err := plotter.NewLine(points(s.XY))
	if err != nil {
		return err
	}
	line.Width, line.Color = 1.2, color.Gray{90}
	if i > 0 {
		line.Dashes = []vg.Length{5, 3}
	}
	p.Add(line)
	p.Legend.Add(s.Name, line)
	return nil
}

func addPoints(p *plot.Plot, s Series, look draw.GlyphStyle) error {
	scatter, err := plotter.NewScatter(points(s.XY))
	if err != nil {
		return err
	}
	scatter.GlyphStyle = look
	p.Add(scatter)
	p.Legend.Add(s.Name, scatter)
	return nil
}

func points(all []XY) plotter.XYs {
	points := make(plotter.XYs, len(all))
	for i, xy := range all {
		points[i] = plotter.XY(xy)
	}
	return points
}
