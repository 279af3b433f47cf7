package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// The colours of a terminal, as SGR parameters.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// screen is where a command writes for its user.
type screen struct {
	io.Writer

	columns func() int // of a terminal that can rewrite a line; nil where there is none
	colour  bool
}

// newScreen looks at what out is. A pipe, a file and the terminal "dumb" get plain
// lines, and so does any terminal where NO_COLOR is set (https://no-color.org).
func newScreen(out io.Writer, getenv func(string) string) *screen {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || getenv("TERM") == "dumb" {
		return &screen{Writer: out}
	}
	return &screen{Writer: out, colour: getenv("NO_COLOR") == "", columns: func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}}
}

// paint gives the text a colour, where the screen has any. No colour leaves it as
// it is.
func (s *screen) paint(colour, text string) string {
	if !s.colour || colour == "" || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
