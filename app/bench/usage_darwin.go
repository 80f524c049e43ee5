package bench

import "syscall"

// peakRSS returns the most memory that was resident, in bytes.
func peakRSS() (int64, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used.Maxrss, err
}
