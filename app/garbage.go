package main

import (
	"os"
	"runtime/debug"
)

// collectAtGrowth has the garbage collector wait until the heap has grown by so many
// percent, unless GOGC says something else. Where a live heap is small and garbage
// comes fast, some memory buys much time; docs/performance.md has the figures.
func collectAtGrowth(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
