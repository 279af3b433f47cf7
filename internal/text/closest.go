package text

import "strings"

const (
	maxName     = 40 // bytes; a longer name is far from all
	maxDistance = 2  // edits, and at most half of a short name
)

// Closest returns the one of known that name was likely meant to be: equal but
// for case, or at most two edits away (one, where the known name has three
// letters). It returns "" where none is near; the first of several equally near wins.
func Closest(name string, known []string) string {
	best, nearest := "", maxDistance+1
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d < nearest && d <= min(maxDistance, len(k)/2) {
			best, nearest = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	if len(a) > maxName || len(b) > maxName {
		return maxName
	}
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
