package main

import (
	"fmt"
	"io"
	"os"
)

// display shows the progress of a run. On a terminal it redraws one line;
// elsewhere it prints a line for each change.
type display struct {
	out      io.Writer
	terminal bool
	last     string
}

func newDisplay(out io.Writer) *display {
	file, ok := out.(*os.File)
	if !ok {
		return &display{out: out}
	}
	info, err := file.Stat()
	return &display{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (d *display) line(s string) {
	const clock = 7 // characters of the elapsed time, which alone is no change
	switch {
	case d.terminal:
		fmt.Fprintf(d.out, "\r\x1b[K%s", s)
	case len(s) > clock && s[clock:] != d.last:
		fmt.Fprintln(d.out, s)
		d.last = s[clock:]
	}
}

func (d *display) end() {
	if d.terminal {
		fmt.Fprintln(d.out)
	}
}
