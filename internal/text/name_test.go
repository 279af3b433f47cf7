package text_test

import (
	"testing"

	"zenstop/internal/text"
)

func TestATextIsMadeOfAnAlphabetWhereEachByteIsInIt(t *testing.T) {
	cases := map[string]struct {
		in, alphabet string
		want         bool
	}{
		"letters, digits and both signs": {"aZ09-_", text.Names, true},
		"the shortest":                   {"ab", text.Names, true},
		"the longest":                    {"abcdefgh", text.Names, true},
		"too short":                      {"a", text.Names, false},
		"too long":                       {"abcdefghi", text.Names, false},
		"another sign in the middle":     {"ab.cd", text.Names, false},
		"another sign in front":          {" abcd", text.Names, false},
		"a line end":                     {"abcd\n", text.Names, false},
		"another letter":                 {"abé", text.Names, false},
		"bytes outside UTF-8":            {"ab\xff", text.Names, false},
		"digits":                         {"0189", text.Digits, true},
		"a sign before digits":           {"-189", text.Digits, false},
		"capitals":                       {"STOP_AZ", text.Capitals, true},
		"a small letter among capitals":  {"STOp", text.Capitals, false},
	}
	for name, c := range cases {
		if got := text.MadeOf(c.in, c.alphabet, 2, 8); got != c.want {
			t.Errorf("%s: MadeOf(%q) = %v, want %v", name, c.in, got, c.want)
		}
	}
	if !text.MadeOf("", text.Names, 0, 8) {
		t.Error("an empty text is no match although it may be empty")
	}
}
