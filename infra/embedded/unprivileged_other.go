//go:build !linux

package embedded

// namespaces returns none: only Linux has user namespaces.
func namespaces(int, int) []identity { return nil }
