package picture

import (
	"strings"
	"unicode"
)

// pixels is about how wide a text of 12 pixels is. Fonts differ, so it is estimated
// from above.
func pixels(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r > 0x2e7f: // East Asian characters are as wide as high
			n += 13
		case unicode.IsUpper(r) || strings.ContainsRune("_mwMW@%", r):
			n += 8
		default:
			n += 7
		}
	}
	return n
}

// fit cuts a text to a width; what is cut off stands in the hover text.
func fit(s string, most int) string {
	if pixels(s) <= most {
		return s
	}
	letters := []rune(s)
	for len(letters) > 0 && pixels(string(letters))+7 > most {
		letters = letters[:len(letters)-1]
	}
	if len(letters) == 0 {
		return ""
	}
	return string(letters) + "…"
}

// wrap breaks a text into lines of a width, as SVG does not.
func wrap(s string, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		longer := strings.TrimSpace(line + " " + fit(word, most))
		if line != "" && pixels(longer) > most {
			lines, longer = append(lines, line), fit(word, most)
		}
		line = longer
	}
	return append(lines, line)
}
