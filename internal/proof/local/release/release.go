// Package release makes what a release of zenstop consists of: for each processor a zip file,
// from which sam deploy works without Go and make, and the checksums of both. The same commit
// gives the same bytes, whatever the machine, the folder, the environment and the time.
package release

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"zenstop/internal/runs"
)

// toolchain is the release of Go that builds the functions. Another one gives other bytes, so
// where another one is installed Go downloads this one.
const toolchain = "go1.26.8"

// processors are what the parameter Architecture may be.
var processors = []string{"arm64", "x86_64"}

// functions have the CodeUri of each function in the checkout.
var functions = map[string]string{"StopFunction": "functions/stop/", "StatusFunction": "functions/status/"}

// contents are the files and folders of the commit that go into each zip file as they are.
var contents = []string{
	"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md",
	"docs/", "events/", "samconfig.toml", "statemachine/stop-instances.asl.json",
}

// Make writes the zip files and SHA256SUMS of the commit that is checked out at root into the folder
// out, and returns the checksums, a line for each zip file, as sha256sum --check reads them.
// Changes that are not committed are an error. Files that git does not know never go into it.
func Make(ctx context.Context, root, out string) (sums string, err error) {
	commit, err := checkedOut(ctx, root)
	if err != nil {
		return "", err
	}
	packed := map[string][]byte{}
	for _, processor := range processors {
		files, err := collect(ctx, commit, processor)
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("zenstop-%s-%s", runs.Version, processor)
		if packed[name+".zip"], err = pack(name, files); err != nil {
			return "", err
		}
		sums += fmt.Sprintf("%x  %s.zip\n", sha256.Sum256(packed[name+".zip"]), name)
	}
	return sums, write(out, packed, sums)
}

// write writes all files, the checksums last: where it is interrupted, there are none.
func write(out string, packed map[string][]byte, sums string) error {
	list := filepath.Join(out, "SHA256SUMS")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.Remove(list); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for name, content := range packed {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(list, []byte(sums), 0o644)
}

// checkedOut returns the files of the commit that is checked out at root, by their paths. It reads
// them as they are stored: git archive would follow the attributes that this machine has for files.
func checkedOut(ctx context.Context, root string) (map[string][]byte, error) {
	changes, err := git(ctx, root, "", "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		return nil, fmt.Errorf("a release is made of a commit, and these changes are not committed:\n%s", changes)
	}
	tree, err := git(ctx, root, "", "ls-tree", "-r", "-z", "--full-tree", "HEAD")
	if err != nil {
		return nil, err
	}
	var paths []string
	var objects strings.Builder
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(tree), "\x00"), "\x00") {
		is, path, _ := strings.Cut(entry, "\t") // mode, type and object, then the path
		field := strings.Fields(is)
		if len(field) != 3 || field[1] != "blob" || field[0] == "120000" {
			return nil, fmt.Errorf("the commit has %q, which is no file", path)
		}
		paths = append(paths, path)
		fmt.Fprintln(&objects, field[2])
	}
	blobs, err := git(ctx, root, objects.String(), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	return contentsOf(paths, blobs)
}

// contentsOf takes apart what git cat-file --batch says: for each object a line that ends with its
// size, its content, and a line end.
func contentsOf(paths []string, blobs []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, path := range paths {
		head, rest, _ := bytes.Cut(blobs, []byte("\n"))
		size, err := strconv.Atoi(string(head[bytes.LastIndexByte(head, ' ')+1:]))
		if err != nil || size >= len(rest) {
			return nil, fmt.Errorf("git does not show %s: %s", path, head)
		}
		files[path], blobs = rest[:size], rest[size+1:]
	}
	return files, nil
}

// git runs git in a folder, whatever repository the environment names.
func git(ctx context.Context, root, input string, arguments ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", arguments...)
	var said bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stderr = root, strings.NewReader(input), &said
	cmd.Env = append(environment(), "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", arguments[0], err, strings.TrimSpace(said.String()))
	}
	return out, nil
}

// collect returns the files of a zip file by their names in it.
func collect(ctx context.Context, commit map[string][]byte, processor string) (map[string][]byte, error) {
	built, err := deployable(string(commit["template.yaml"]), processor)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"template.yaml": []byte(built)}
	for _, name := range contents {
		found := false
		for path, content := range commit {
			if path == name || strings.HasSuffix(name, "/") && strings.HasPrefix(path, name) {
				files[path], found = content, true
			}
		}
		if !found {
			return nil, fmt.Errorf("the commit has no %s", name)
		}
	}
	return files, build(ctx, commit, processor, files)
}

// deployable is the template as it stands in the zip file: the functions are built already, for this
// processor alone.
func deployable(template, processor string) (string, error) {
	changes := map[string]string{
		"    Default: arm64\n    AllowedValues: [arm64, x86_64]\n":            "    Default: " + processor + "\n    AllowedValues: [" + processor + "]\n",
		"    SpdxLicenseId: Apache-2.0\n":                                     "    SpdxLicenseId: Apache-2.0\n    LicenseUrl: LICENSE\n    ReadmeUrl: README.md\n",
		"A build has a binary for each processor, so only this value counts.": "This package is for this one only.",
	}
	for function, folder := range functions {
		changes["CodeUri: "+folder+"\n"] = "CodeUri: " + function + "/\n"
	}
	for old, replaced := range changes {
		if n := strings.Count(template, old); n != 1 {
			return "", fmt.Errorf("template.yaml has %q %d times, and not once", old, n)
		}
		template = strings.Replace(template, old, replaced, 1)
	}
	return template, nil
}

// build adds the files of the functions, as sam build makes them of the commit.
func build(ctx context.Context, commit map[string][]byte, processor string, files map[string][]byte) error {
	settings, err := modules(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "zenstop-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	for path, content := range commit {
		at := filepath.Join(dir, "commit", filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(at), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(at, content, 0o600); err != nil {
			return err
		}
	}
	for function := range functions {
		into := filepath.Join(dir, function)
		if err := os.Mkdir(into, 0o750); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, "make", "--no-print-directory", "-f", "functions/Makefile", "build-"+function)
		cmd.Dir = filepath.Join(dir, "commit")
		cmd.Env = slices.Concat(environment(), settings, []string{"ARTIFACTS_DIR=" + into, "ZENSTOP_ARCHITECTURES=" + processor, "GOTOOLCHAIN=" + toolchain, "GOENV=off"})
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s for %s: %w\n%s", function, processor, err, said)
		}
		for _, name := range []string{"bootstrap", "bootstrap." + processor} {
			if files[function+"/"+name], err = os.ReadFile(filepath.Join(into, name)); err != nil {
				return fmt.Errorf("building %s for %s left no %s: %w", function, processor, name, err)
			}
		}
	}
	return nil
}

// modules are the settings of Go that say where modules and caches are, as NAME=value. They may come
// from go env -w, whose other settings must not reach a build.
func modules(ctx context.Context) ([]string, error) {
	names := []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH"}
	out, err := exec.CommandContext(ctx, "go", append([]string{"env", "-json"}, names...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	var values map[string]string
	if err := json.Unmarshal(out, &values); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	var settings []string
	for _, name := range names {
		settings = append(settings, name+"="+values[name])
	}
	return settings, nil
}

// environment is what git and a build may see of the environment: where programs and files are, and
// how the network is reached. A setting of git, of make or of the compiler would change the result.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME":
			return false
		}
		return !strings.HasSuffix(strings.ToUpper(name), "_PROXY") // GOPROXY has no underline
	})
}

// pack makes a zip file in which all files are in a folder of its name. Nothing of the machine goes into it:
// the order is that of the names, the times are the first that a zip file can have, nothing is
// compressed, because each release of Go may do that in another way, and only what Lambda starts
// can be executed.
func pack(folder string, files map[string][]byte) ([]byte, error) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &zip.FileHeader{Name: folder + "/" + name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(0o644)
		if strings.Contains(name, "Function/bootstrap") {
			header.SetMode(0o755)
		}
		file, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := file.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
