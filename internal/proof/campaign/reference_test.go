package campaign

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/statemachine"
)

// jsonataDir is the variable with the folder in which the reference implementation of JSONata is
// installed. The Makefile sets it where Node is there.
const jsonataDir = "ZENSTOP_JSONATA"

// referenceRuns is how many runs give the inputs.
const referenceRuns = 1000

// Step Functions works expressions out by the reference implementation, version 2.0.6 (the AWS
// page "Transforming data with JSONata in Step Functions"), and the interpreter by another one.
func TestTheReferenceImplementationComesToTheSameInEachExpression(t *testing.T) {
	defer quiet()()
	machine := workflow(t)
	worked, others := compare(t, func(in *inputs) {
		told, large, dies := 0, 0, 0
		for seed := uint64(1); told < referenceRuns || large == 0 || dies == 0; seed++ {
			s := draw(seed)
			died := slices.ContainsFunc(s.troubles, func(t trouble) bool { return t.kind == partDied })
			switch few := 200; { // of the large ones, with documents of hundreds of kilobytes, two are enough
			case len(s.fleet) <= few && told < referenceRuns:
				told++
			case len(s.fleet) > few && len(s.fleet) < 1500 && s.twist == plain && died && dies == 0:
				dies++
			case len(s.fleet) > runs.MaxInstancesPerRun && len(s.fleet) < 1500 && s.twist == plain && large == 0:
				large++
			default:
				continue
			}
			tellTo(t, machine, s, &recorder{worked: in.add})
		}
	})
	for _, line := range others {
		t.Errorf("the reference comes to something else: %s", line)
	}
	for text := range worked.missing() {
		t.Errorf("no run has worked out %s", text)
	}
}

func TestTheReferenceImplementationTellsADifference(t *testing.T) {
	_, others := compare(t, func(in *inputs) {
		in.add(asl.Evaluation{Text: "$x + 1", Variables: map[string]any{"x": 1.0}, Value: 2.0})
		in.add(asl.Evaluation{Text: "$x + 1", Variables: map[string]any{"x": 1.0}, Value: 3.0})
		in.add(asl.Evaluation{Text: "$x.y", Variables: map[string]any{"x": map[string]any{}}, Value: "z"})
		in.add(asl.Evaluation{Text: "$x.y", Variables: map[string]any{"x": map[string]any{}}, Failed: true})
	})
	if len(others) != 2 || !strings.Contains(others[0], `"interpreter":3`) || !strings.Contains(others[1], "yields nothing") {
		t.Errorf("of four, two of which are wrong, these are others: %q", others)
	}
}

// compare has the reference work out what it is fed with, and returns a line for each that comes
// to something else.
func compare(t *testing.T, feed func(*inputs)) (in *inputs, others []string) {
	t.Helper()
	if os.Getenv(jsonataDir) == "" {
		t.Skip("there is no Node here, or make test-campaign has not installed jsonata 2.0.6")
	}
	reference := exec.CommandContext(t.Context(), "node", "testdata/reference.mjs")
	reference.Stderr = os.Stderr
	to, err := reference.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := reference.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reference.Start(); err != nil {
		t.Fatal(err)
	}
	in = &inputs{to: bufio.NewWriterSize(to, 1<<20), known: map[[32]byte]bool{}, texts: map[string]bool{}}
	go func() {
		feed(in)
		_ = in.to.Flush()
		_ = to.Close()
	}()
	var last struct{ All, Expressions int }
	lines := bufio.NewScanner(out)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		if json.Unmarshal(lines.Bytes(), &last) != nil || last.All == 0 {
			others = append(others, lines.Text())
		}
	}
	if err := reference.Wait(); err != nil || last.All == 0 {
		t.Fatalf("the reference has worked out %d expressions: %v", last.All, err)
	}
	t.Logf("%d expressions with %d inputs", last.Expressions, last.All)
	return in, others
}

// inputs are expressions with what they were given, each once.
type inputs struct {
	mu    sync.Mutex
	to    *bufio.Writer
	known map[[32]byte]bool
	texts map[string]bool
}

func (in *inputs) add(e asl.Evaluation) {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // it is JSON
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if sum := sha256.Sum256(text); !in.known[sum] {
		in.known[sum], in.texts[e.Text] = true, true
		_, _ = in.to.Write(append(text, '\n')) // the reference counts what has come
	}
}

// missing are the expressions of the definition that no run has worked out.
func (in *inputs) missing() map[string]bool {
	missing := map[string]bool{}
	for text := range strings.SplitSeq(string(statemachine.Fill(nil)), `"{%`) {
		inner, _, ok := strings.Cut(text, `%}"`)
		var plain string
		if inner = strings.TrimSpace(inner); !ok || json.Unmarshal([]byte(`"`+inner+`"`), &plain) != nil {
			continue
		}
		if handed := slices.Contains([]string{"$states.input", "$states.result.Payload"}, plain); !handed && !in.texts[plain] {
			missing[plain] = true
		}
	}
	return missing
}
