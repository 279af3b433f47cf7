package text

import "strings"

const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits   = "0123456789"
)

// Alphabets for [MadeOf].
const (
	Digits   = digits
	Capitals = capitals + "_"
	Names    = capitals + "abcdefghijklmnopqrstuvwxyz" + digits + "-_" // of ids and names
)

// MadeOf reports whether s has from least to most bytes, each one of the ASCII
// characters of the alphabet. A regular expression says the same, but must be
// compiled at each start of a function, which takes more time than everything else
// that the function does before its first event.
func MadeOf(s, alphabet string, least, most int) bool {
	return least <= len(s) && len(s) <= most && strings.Trim(s, alphabet) == ""
}
