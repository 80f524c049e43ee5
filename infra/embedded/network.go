package embedded

import (
	"net"
	"sync"
	"sync/atomic"
)

// Network is the broker's end of its connections, where they can fail. The zero
// value works well. It is safe for concurrent use.
type Network struct {
	mu          sync.Mutex
	connections map[*connection]struct{}
	toDrop      atomic.Int64
}

// CutAll ends every connection. Clients may connect again at once.
func (n *Network) CutAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.connections {
		_ = c.Conn.Close() // its end is all that is wanted
	}
}

// DropReplies has the next replies cut: the broker has executed the request, and
// the client sees the connection end instead of the answer.
func (n *Network) DropReplies(count int64) {
	n.toDrop.Store(count)
}

// over returns a listener whose connections belong to this network.
func (n *Network) over(listener net.Listener) net.Listener {
	return networkListener{listener, n}
}

type networkListener struct {
	net.Listener
	network *Network
}

func (l networkListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: accepted, network: l.network}
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	if l.network.connections == nil {
		l.network.connections = map[*connection]struct{}{}
	}
	l.network.connections[c] = struct{}{}
	return c, nil
}

type connection struct {
	net.Conn
	network *Network
}

// Write sends a reply, or cuts it.
func (c *connection) Write(p []byte) (int, error) {
	for {
		left := c.network.toDrop.Load()
		if left <= 0 {
			return c.Conn.Write(p)
		}
		if c.network.toDrop.CompareAndSwap(left, left-1) {
			_ = c.Conn.Close() // its end is all that is wanted
			return 0, net.ErrClosed
		}
	}
}

func (c *connection) Close() error {
	c.network.mu.Lock()
	delete(c.network.connections, c)
	c.network.mu.Unlock()
	return c.Conn.Close()
}
