package kafka

// lane is the entries that wait for one another, in order: those of a key, of which
// none is acked.
type lane struct {
	key    string
	newest *entry
}

// enterLane puts the entry at the end of its lane, and reports whether it is the first
// there.
func (w *window) enterLane(e *entry) (first bool) {
	var key []byte
	switch {
	case w.ordering == OrderingKey && e.record.Key != nil:
		key = e.record.Key
	case w.ordering == OrderingPartition:
	default:
		return true
	}
	l := w.lanes[string(key)]
	if l == nil {
		l = &lane{key: string(key)}
		w.lanes[l.key] = l
	}
	if e.before = l.newest; e.before != nil {
		e.before.after = e
	}
	e.lane, l.newest = l, e
	return e.before == nil
}

// leaveLane takes the entry out of its lane, and returns the one that has become the
// first by that.
func (w *window) leaveLane(e *entry) (first *entry) {
	if e.lane == nil {
		return nil
	}
	switch {
	case e.after != nil:
		e.after.before = e.before
	case e.before != nil:
		e.lane.newest = e.before
	default:
		delete(w.lanes, e.lane.key)
	}
	if e.before != nil {
		e.before.after = e.after
	} else {
		first = e.after
	}
	e.before, e.after = nil, nil
	return first
}
