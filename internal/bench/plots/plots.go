// Package plots draws the figures of docs/performance.md as SVG files: on white, told
// apart by shape as well as by colour, and with colours that the colour-blind can tell apart.
package plots

import (
	"bytes"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Panel is one plot of a figure.
type Panel struct {
	Title, X, Y string   // the axes with their units
	Log         bool     // both axes are logarithmic, and end at powers of ten
	MaxX, MaxY  float64  // ends of axes that are not, and begin at 0; zero: as far as the data reach
	Lines       []Series // without markers
	Points      []Series
	Legend      Legend
}

// Legend says where the names of the series stand.
type Legend int

// The places of a legend.
const (
	TopRight Legend = iota
	TopLeft
	Nowhere // another panel of the figure has it
)

// Series is data of one name for the legend.
type Series struct {
	Name string
	Look int // of points: one number for one name in all panels
	XY   []XY
}

// XY is one point.
type XY struct{ X, Y float64 }

const (
	panelWidth  = 320 // points
	panelHeight = 270
	markerSize  = 4
	// legendOffset is where a legend on the right begins.
	legendOffset = 95
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
	whole.Fill(whole.Path())
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
	var svg bytes.Buffer
	if _, err = canvas.WriteTo(&svg); err == nil {
		// Arial is as wide as Liberation Sans, which few browsers have.
		_, err = file.Write(bytes.ReplaceAll(svg.Bytes(), []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif")))
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
