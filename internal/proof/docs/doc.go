// Package docs holds the tests of README.md, CONTRIBUTING.md and docs/: that what they name is there.
package docs
