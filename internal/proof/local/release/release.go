// Package release makes what a release of zenstop consists of: for each processor a zip file,
// from which sam deploy works without Go and make, and the checksums of both. The same commit
// gives the same bytes, whatever the machine, the folder, the environment and the time.
package release

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// checkedOut returns the files of the commit that is checked out at root, by their paths.
func checkedOut(ctx context.Context, root string) (map[string][]byte, error) {
	changes, err := git(ctx, root, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		return nil, fmt.Errorf("a release is made of a commit, and these changes are not committed:\n%s", changes)
	}
	archive, err := git(ctx, root, "-c", "core.autocrlf=false", "archive", "--format=tar", "HEAD")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg { // a folder, or the comment of git archive
			continue
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}

func git(ctx context.Context, root string, arguments ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", arguments...)
	var said bytes.Buffer
	cmd.Dir, cmd.Stderr = root, &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", arguments[len(arguments)-1], err, strings.TrimSpace(said.String()))
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
	dir, err := os.MkdirTemp("", "zenstop-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
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
		cmd.Env = append(environment(), "ARTIFACTS_DIR="+into, "ZENSTOP_ARCHITECTURES="+processor, "GOTOOLCHAIN="+toolchain)
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

// environment is what a build may see of the environment: where programs, caches and modules are. A
// setting of make, or of the compiler, would change what is built.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "GOPATH", "GOCACHE", "GOMODCACHE", "GOENV", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME":
			return false
		}
		return !strings.HasSuffix(strings.ToUpper(name), "_PROXY")
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
