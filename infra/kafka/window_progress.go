package kafka

// toCommit returns the offset that may be committed, if it is another than the
// one that is.
func (p *partition) toCommit() (offset int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.config.Commit {
	case CommitAfter:
		offset = p.window.lowWatermark()
	case CommitOnTimer:
		offset = p.window.firstBefore(entryDelivered)
	case CommitBefore:
		return 0, false // that is CommitNow's
	}
	return offset, offset > p.committed
}

func (p *partition) setCommitted(offset int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.committed = max(p.committed, offset)
}

// handling reports whether the message at this offset is in flight, and none
// before it.
func (p *partition) handling(offset int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.released && p.inFlight > 0 && p.window.lowWatermark() == offset
}

// oldest returns the offset of the oldest message that is not acked, if there is
// one.
func (p *partition) oldest() (offset int64, waits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.window.lowWatermark(), p.window.unacked > 0
}
