package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
)

// usage is what a contestant's process says of itself at its end.
type usage struct {
	PeakRSS     int64  `json:"peak_rss"` // in bytes
	Allocations uint64 `json:"allocations"`
}

// WriteUsage writes what this process has used, for the process that measures it.
func WriteUsage(w io.Writer) error {
	peak, err := peakRSS()
	if err != nil {
		return fmt.Errorf("read the peak of this process's memory: %w", err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return json.NewEncoder(w).Encode(usage{PeakRSS: peak, Allocations: memory.Mallocs})
}
