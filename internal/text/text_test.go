package text_test

import (
	"encoding/json"
	"strings"
	"testing"

	"zenstop/internal/text"
)

func TestALineIsPrintableAndHasNoWhiteSpaceButSingleSpaces(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"plain text stays":                     {"HTTP 503, request r-1", "HTTP 503, request r-1"},
		"other alphabets stay":                 {"机器 é", "机器 é"},
		"line ends and tabs are one space":     {"one\r\n\ttwo", "one two"},
		"spaces are one space":                 {"one   two", "one two"},
		"wide spaces are one space":            {"one\u00a0\u2003two", "one two"},
		"the ends are trimmed":                 {" \n one \x00", "one"},
		"an escape sequence loses its escape":  {"a\x1b[31mb", "a [31mb"},
		"an invisible character is a space":    {"a\u202eb", "a b"},
		"bytes outside UTF-8 are one question": {"a\xff\xfeb", "a?b"},
		"nothing stays nothing":                {"", ""},
	}
	for name, c := range cases {
		if got := text.Line(c.in); got != c.want {
			t.Errorf("%s: Line(%q) = %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestATextIsCutToANumberOfCharactersAndShowsIt(t *testing.T) {
	cases := map[string]struct {
		in   string
		n    int
		want string
	}{
		"a shorter text stays":              {"abc", 4, "abc"},
		"a text of that length stays":       {"abc", 3, "abc"},
		"a longer text ends in an ellipsis": {"abcd", 3, "ab…"},
		"characters count, not bytes":       {strings.Repeat("é", 300), 300, strings.Repeat("é", 300)},
		"no character is cut in two":        {strings.Repeat("é", 301), 300, strings.Repeat("é", 299) + "…"},
		"one character is the ellipsis":     {"ab", 1, "…"},
		"nothing stays nothing":             {"", 1, ""},
	}
	for name, c := range cases {
		if got := text.Cut(c.in, c.n); got != c.want {
			t.Errorf("%s: Cut(%q, %d) = %q, want %q", name, c.in, c.n, got, c.want)
		}
	}
}

func TestAShortTextIsOneLineFirstAndCutThen(t *testing.T) {
	if got := text.Short("a\n\n\nbc", 3); got != "a …" {
		t.Errorf("Short = %q, want %q", got, "a …")
	}
}

func TestATextTakesNoMoreThanItsBytesInADocument(t *testing.T) {
	for _, c := range []string{"x", "<", "ü", "\u2028", "💡", "\"", "日"} {
		for _, n := range []int{0, 1, 20, 63, 64, 65, 1000} {
			got := text.Brief(strings.Repeat(c, n), 64, 130)
			encoded, err := json.Marshal(got)
			if err != nil || len(encoded)-2 > 130 || len([]rune(got)) > 64 {
				t.Errorf("%d times %q: %d bytes, %d characters", n, c, len(encoded)-2, len([]rune(got)))
			}
			if n > 0 && n <= 20 && c != "\u2028" && got != strings.Repeat(c, n) {
				t.Errorf("%d times %q was cut to %q", n, c, got)
			}
		}
	}
}

func TestTheEndOfATextIsOfANumberOfCharactersAndShowsThatItIsCut(t *testing.T) {
	for in, want := range map[string]string{"": "", "äbcd": "äbcd", "abcdé": "…cdé", "wrapped: cause": "…use"} {
		if got := text.End(in, 4); got != want {
			t.Errorf("the end of %q is %q, want %q", in, got, want)
		}
	}
}
