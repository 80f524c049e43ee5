package apache

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
)

// Ports are taken below those that the system gives to outgoing connections
// (from 32768 on Linux, from 49152 on macOS): a connection could take the port of
// a broker that is down, even one to that very broker.
const firstPort, lastPort = 20000, 31999

// freePorts returns ports on which nothing listens. Another process may take one
// before the caller does.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range 100 * n {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if !slices.Contains(ports, port) && isFree(port) {
			ports = append(ports, port)
		}
	}
	return nil, errors.New(fmt.Sprint("no free port on 127.0.0.1 from ", firstPort, " to ", lastPort))
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", address(port))
	return err == nil && listener.Close() == nil
}

func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
