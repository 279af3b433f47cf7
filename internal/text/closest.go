package text

import "strings"

// maxDistance is how many edits away a name may be and still be suggested.
const maxDistance = 2

// Closest returns the one of known that name was likely meant to be: equal but
// for case, or at most two edits away, but never so far that more than half of
// the known name would be edited. The nearest wins, and of several equally near
// ones the first. It returns "" where none is near.
func Closest(name string, known []string) string {
	best, nearest := "", maxDistance+1
	for _, k := range known {
		if max(len(name)-len(k), len(k)-len(name)) > maxDistance {
			continue // each byte more is an edit, and comparing a name of a megabyte takes long
		}
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d < nearest && d <= len(k)/2 {
			best, nearest = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
