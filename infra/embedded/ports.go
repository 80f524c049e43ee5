package embedded

import (
	"errors"
	"net"
	"strconv"
	"syscall"
)

// host is the only address the servers listen on: their password is public.
const host = "127.0.0.1"

// listen listens on the preferred port, or on any free one when that is taken.
// Preferring port 0 is asking for any free one.
func listen(preferred int) (net.Listener, error) {
	listener, err := net.Listen("tcp", address(preferred))
	if errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", address(0))
	}
	return listener, err
}

// freePort returns the port that listen would get. Another process may take it
// before the caller does.
func freePort(preferred int) (int, error) {
	listener, err := listen(preferred)
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close() //nolint:forcetypeassert // of a TCP listener
}

func address(port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}
