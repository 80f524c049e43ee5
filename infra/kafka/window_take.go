package kafka

// take returns entries that may be delivered together, n at most: each waits for
// none, or only for those before it among them. What was set back comes before all
// others, and alone. take does not return an entry again unless it is set back.
func (w *window) take(n int) []*entry {
	if n > 0 && len(w.alone) > 0 {
		e := w.alone.pop()
		e.state = entryTaken
		return []*entry{e}
	}
	var together []*entry
	for len(together) < n {
		e := w.first()
		if e == nil {
			break
		}
		for ; e != nil && len(together) < n; e = e.after {
			e.state = entryTaken
			together = append(together, e)
		}
	}
	return together
}

// first returns an entry that waits for none, nil if there is none: about the oldest,
// for the low watermark's sake.
func (w *window) first() *entry {
	switch {
	case len(w.successors) > 0 && (len(w.fresh) == 0 || w.successors[0].offset < w.fresh[0].offset):
		return w.successors.pop()
	case len(w.fresh) > 0:
		return w.fresh.pop()
	default:
		return nil
	}
}

// setBack has an entry that was taken come again, alone, when all before it in its
// lane are acked.
func (w *window) setBack(e *entry) {
	e.state = entrySetBack
	if e.before == nil {
		w.alone.push(e)
	}
}

// queue is entries of which the first in is the first out.
type queue []*entry

func (q *queue) push(e *entry) { *q = append(*q, e) }

func (q *queue) pop() *entry {
	e := (*q)[0]
	(*q)[0] = nil
	*q = (*q)[1:]
	return e
}
