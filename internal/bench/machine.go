package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
)

// machine describes what this program runs on.
func machine() string {
	return fmt.Sprintf("a machine with %d cores and %s of memory (%s/%s, %s)", runtime.NumCPU(), memory(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// memory is that of the machine, where the system says it as Linux does.
func memory() string {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return "an unknown amount"
	}
	found := regexp.MustCompile(`MemTotal:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		return "an unknown amount"
	}
	kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", kilobytes/(1<<20))
}
