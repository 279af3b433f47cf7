package picture_test

import (
	"bytes"
	"context"
	"image"
	_ "image/png" // the format of a screenshot
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/picture"
)

// browser finds a headless browser, or skips the test.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no chromium, chromium-browser or google-chrome in PATH; on Debian: apt-get install chromium")
	return ""
}

// open lets the browser open a file with these options. It returns what the browser
// prints: the page as it has built it, and what its console says.
func open(t *testing.T, file string, options ...string) (dom, console string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	options = append(options, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1400,1000",
		"--user-data-dir="+t.TempDir(), "--enable-logging=stderr", "file://"+file)
	cmd := exec.CommandContext(ctx, browser(t), options...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	return out.String(), console
}

func TestABrowserShowsEveryRowAndTakesTextsFromOutsideAsText(t *testing.T) {
	browser(t)
	for name, c := range map[string]struct {
		moments []picture.Moment
		draw    drawing
		rows    int
	}{
		"page.html":  {moments(t, badNight()), picture.HTML, 13},
		"image.svg":  {moments(t, badNight()), picture.SVG, 13},
		"evil.html":  {evilNight(t), picture.HTML, 2},
		"evil-1.svg": {evilNight(t), picture.SVG, 2},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(file, []byte(draw(t, c.draw, c.moments)), 0o600); err != nil {
				t.Fatal(err)
			}
			dom, console := open(t, file, "--dump-dom")
			if rows := strings.Count(dom, `class="row"`); rows != c.rows || console != "" {
				t.Errorf("%d rows, want %d; the console says %q", rows, c.rows, console)
			}
			evil := strings.HasPrefix(name, "evil")
			if strings.Contains(strings.ToLower(dom), "<script") || strings.Contains(dom, "&lt;script&gt;alert(1)&lt;/script&gt;") != evil {
				t.Error("a name of an instance is not shown as text")
			}
		})
	}
}

func TestABrowserPaintsThePictureLightAndDark(t *testing.T) {
	browser(t)
	folder := t.TempDir()
	for name, f := range map[string]drawing{"page.html": picture.HTML, "image.svg": picture.SVG} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(draw(t, f, moments(t, badNight()))), 0o600); err != nil {
			t.Fatal(err)
		}
		for mode, scheme := range map[string]string{"light": "1", "dark": "0"} {
			shot := filepath.Join(folder, name+mode+".png")
			open(t, file, "--screenshot="+shot, "--blink-settings=preferredColorScheme="+scheme)
			if got := brightness(t, shot); (got > 128) != (mode == "light") {
				t.Errorf("%s, %s: the corner has the brightness %d of 255", name, mode, got)
			}
		}
	}
}

// brightness is that of the ground of a screenshot, from 0 to 255.
func brightness(t *testing.T, file string) uint32 {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	shot, _, err := image.Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	_, green, _, _ := shot.At(2, 2).RGBA()
	return green >> 8
}
