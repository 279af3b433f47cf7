// Package plots draws the figures of docs/performance.md as SVG files: on white, told
// apart by shape as well as by colour, and with colours that the colour-blind can tell apart.
package plots

import (
	"bufio"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Panel is one plot of a figure.
type Panel struct {
	Title, X, Y string   // the axes with their units
	Log         bool     // both axes are logarithmic
	MaxX, MaxY  float64  // ends of the axes, which begin at 0; zero: as far as the data reach
	Lines       []Series // without markers
	Points      []Series
}

// Series is data of one name for the legend.
type Series struct {
	Name string
	XY   []XY
}

// XY is one point.
type XY struct{ X, Y float64 }

const (
	panelWidth  = 320 // points
	panelHeight = 270
	markerSize  = 4
)

// looks are the colours of Okabe and Ito, each with a shape of its own.
func looks() []draw.GlyphStyle {
	style := func(r, g, b uint8, shape draw.GlyphDrawer) draw.GlyphStyle {
		return draw.GlyphStyle{Color: color.RGBA{r, g, b, 255}, Radius: markerSize, Shape: shape}
	}
	return []draw.GlyphStyle{
		style(213, 94, 0, draw.CircleGlyph{}),
		style(0, 114, 178, draw.BoxGlyph{}),
		style(0, 158, 115, draw.PyramidGlyph{}),
		style(0, 0, 0, draw.CrossGlyph{}),
		style(204, 121, 167, draw.RingGlyph{}),
	}
}

// Write draws the panels side by side into a file.
func Write(path string, panels ...Panel) error {
	plots := [][]*plot.Plot{nil}
	for _, panel := range panels {
		p, err := panel.plot()
		if err != nil {
			return err
		}
		plots[0] = append(plots[0], p)
	}
	canvas := vgsvg.New(vg.Length(panelWidth*len(panels)), panelHeight)
	tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: 16, PadTop: 6, PadBottom: 6, PadLeft: 6, PadRight: 14}
	whole := draw.New(canvas)
	whole.SetColor(color.White)
	whole.Fill(whole.Rectangle.Path())
	for i, c := range plot.Align(plots, tiles, whole)[0] {
		plots[0][i].Draw(c)
	}
	return save(path, canvas)
}

func save(path string, canvas *vgsvg.Canvas) (err error) {
	file, err := os.Create(path) //nolint:gosec // the caller names the file to write
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	if _, err = canvas.WriteTo(out); err == nil {
		err = out.Flush()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func (panel Panel) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = panel.Title, panel.X, panel.Y
	for _, f := range []*font.Font{&p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font} {
		f.Size = 9
	}
	p.Title.Padding, p.Legend.Top = 6, true
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	for i, s := range panel.Lines {
		if err := addLine(p, s, i); err != nil {
			return nil, err
		}
	}
	for i, s := range panel.Points {
		if err := addPoints(p, s, looks()[i%len(looks())]); err != nil {
			return nil, err
		}
	}
	panel.setAxes(p)
	return p, nil
}

func (panel Panel) setAxes(p *plot.Plot) {
	if panel.Log {
		p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
		p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
		return
	}
	p.X.Min, p.Y.Min = 0, 0
	if panel.MaxX > 0 {
		p.X.Max = panel.MaxX
	}
	if panel.MaxY > 0 {
		p.Y.Max = panel.MaxY
	}
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
