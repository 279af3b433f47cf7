package campaign

import (
	"os"
	"strings"
	"testing"
)

func TestAFindingIsDrawnWithEveryInstanceOfItsStory(t *testing.T) {
	const seeds, rowsOfAPicture = 30, 300
	for seed := range uint64(seeds) {
		s := draw(seed + 1)
		if s.filter || s.twist != plain || s.deliveries[0] > 0 || len(s.fleet) > rowsOfAPicture {
			continue // the plan may find others, or the run is refused before it has any
		}
		path, err := Draw(t, Finding{Seed: s.seed}, t.TempDir())
		if err != nil {
			t.Errorf("seed %d: %v", s.seed, err)
			continue
		}
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.fleet {
			if id := s.fleet[i].ID; !strings.Contains(string(page), id) {
				t.Errorf("seed %d: %s is not in %s", s.seed, id, path)
			}
		}
	}
}
