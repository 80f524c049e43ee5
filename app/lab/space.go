package lab

import (
	"fmt"
	"os"
	"syscall"
)

const (
	// spaceForServers is what the empty servers take on disk, generously.
	spaceForServers = 300 << 20
	// spaceForOrder is what an order takes in a group's table with its indexes and
	// write-ahead log, and in the ledger, generously.
	spaceForOrder = 2 << 10
)

// needs returns the disk space that a comparison takes, in bytes.
func (c Config) needs(rounds int) uint64 {
	if c.External != nil {
		return uint64(c.Orders) * uint64(rounds) * spaceForOrder
	}
	return spaceForServers + uint64(c.Orders)*uint64(rounds)*uint64(len(c.Deliveries))*spaceForOrder
}

// enough returns an error when the directory for temporary files has less space
// than needed, in bytes.
func enough(needed uint64) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &disk); err != nil {
		return fmt.Errorf("look how much space is left in %s: %w", os.TempDir(), err)
	}
	free := disk.Bavail * uint64(disk.Bsize)
	if free < needed {
		return fmt.Errorf("this comparison takes about %d MB in %s, where %d MB are free: free some, "+
			"set TMPDIR to another directory, or compare fewer --orders", needed>>20, os.TempDir(), free>>20)
	}
	return nil
}
