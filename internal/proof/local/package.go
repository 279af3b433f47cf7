package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"zenstop/internal/proof/local/release"
	"zenstop/internal/proof/local/stack"
)

// makePackage is make package.
func makePackage(ctx context.Context, root string, out io.Writer) error {
	folder := filepath.Join(stack.Dir, "package")
	sums, err := release.Make(ctx, root, filepath.Join(root, folder))
	if err == nil {
		_, err = fmt.Fprintf(out, "In %s, with their SHA-256:\n%s", folder, sums)
	}
	return err
}
