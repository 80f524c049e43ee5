package kafka

// queue puts the entry at the end of its lane, and reports whether it is the first
// there.
func (w *window) queue(e *entry) (first bool) {
	switch w.ordering {
	case OrderingPartition:
		e.laned = true
	case OrderingKey:
		e.laned = e.record.Key != nil
	case OrderingNone:
	}
	if !e.laned {
		return true
	}
	key := e.record.Key
	if w.ordering == OrderingPartition {
		key = nil
	}
	e.before = w.newest[string(key)]
	if e.before == nil {
		e.lane = string(key)
	} else {
		e.lane = e.before.lane // the same text, without a copy
		e.before.after = e
	}
	w.newest[e.lane] = e
	return e.before == nil
}

// leaveLane takes the entry out of its lane, and returns the one that has become the
// first by that.
func (w *window) leaveLane(e *entry) (first *entry) {
	if !e.laned {
		return nil
	}
	switch {
	case e.after != nil:
		e.after.before = e.before
	case e.before != nil:
		w.newest[e.lane] = e.before
	default:
		delete(w.newest, e.lane)
	}
	if e.before != nil {
		e.before.after = e.after
	} else {
		first = e.after
	}
	e.before, e.after = nil, nil
	return first
}
