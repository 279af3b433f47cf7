// Package release makes what a release of zenstop consists of: for each processor a zip file,
// from which sam deploy works without Go and make, and the checksums of both. The same content of
// the checkout gives the same bytes, whatever the machine, the folder and the time.
package release

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
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

// contents are the files and folders of the checkout that go into each zip file as they are.
var contents = []string{"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "docs", "events", "samconfig.toml", "statemachine/stop-instances.asl.json"}

// Make writes the zip files and SHA256SUMS of the checkout at root into the folder out, and returns
// the checksums, a line for each zip file, as sha256sum --check reads them.
func Make(ctx context.Context, root, out string) (sums string, err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	for _, processor := range processors {
		files, err := collect(ctx, root, processor)
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("zenstop-%s-%s", runs.Version, processor)
		packed, err := pack(name, files)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(out, name+".zip"), packed, 0o644); err != nil {
			return "", err
		}
		sums += fmt.Sprintf("%x  %s.zip\n", sha256.Sum256(packed), name)
	}
	return sums, os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums), 0o644)
}

// collect returns the files of a zip file by their names in it.
func collect(ctx context.Context, root, processor string) (map[string][]byte, error) {
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		return nil, fmt.Errorf("this is not the root of the checkout: %w", err)
	}
	built, err := deployable(string(template), processor)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"template.yaml": []byte(built)}
	for function := range functions {
		if err := build(ctx, root, function, processor, files); err != nil {
			return nil, err
		}
	}
	for _, name := range contents {
		if err := add(files, filepath.Join(root, name), name); err != nil {
			return nil, err
		}
	}
	return files, nil
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

// build adds the files of a function, as sam build makes them.
func build(ctx context.Context, root, function, processor string, files map[string][]byte) error {
	dir, err := os.MkdirTemp("", "zenstop-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cmd := exec.CommandContext(ctx, "make", "--no-print-directory", "-f", "functions/Makefile", "build-"+function)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "ARTIFACTS_DIR="+dir, "ZENSTOP_ARCHITECTURES="+processor, "GOTOOLCHAIN="+toolchain, "MAKEFLAGS=", "MAKELEVEL=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s for %s: %w\n%s", function, processor, err, said)
	}
	return add(files, dir, function)
}

// add adds a file, or all files of a folder, under this name. It takes no links.
func add(files map[string][]byte, from, name string) error {
	return filepath.WalkDir(from, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(from, at)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(at)
		files[filepath.ToSlash(filepath.Join(name, below))] = content
		return err
	})
}

// pack makes a zip file in which all files are in a folder of its name. Nothing of the machine goes into it:
// the order is that of the names, the times are the first that a zip file can have, and
// only what Lambda starts can be executed.
func pack(folder string, files map[string][]byte) ([]byte, error) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &zip.FileHeader{Name: folder + "/" + name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(0o644)
		if strings.Contains(name, "Function/bootstrap") {
			header.SetMode(0o755)
		}
		file, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(file, bytes.NewReader(files[name])); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
