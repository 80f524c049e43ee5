package kafka

import "container/heap"

// take returns the oldest entries that may be delivered together, n at most, in the
// order of their offsets: none waits for one that is not among them. What was set
// back comes before all others, and alone. take does not return an entry again
// unless it is set back.
func (w *window) take(n int) []*entry {
	if n > 0 && len(w.alone) > 0 {
		e := w.alone[0]
		w.alone = w.alone[1:]
		e.state = entryTaken
		return []*entry{e}
	}
	var together []*entry
	var followers byOffset // of those taken, each the first of its lane that is not
	for len(together) < n {
		e := w.oldest(&followers)
		if e == nil {
			break
		}
		e.state = entryTaken
		together = append(together, e)
		if e.after != nil {
			heap.Push(&followers, e.after)
		}
	}
	return together
}

// oldest takes the oldest entry out of those that may be delivered.
func (w *window) oldest(followers *byOffset) *entry {
	from := &w.successors
	if len(w.successors) == 0 || len(*followers) > 0 && (*followers)[0].offset < w.successors[0].offset {
		from = followers
	}
	if len(w.fresh) > 0 && (len(*from) == 0 || w.fresh[0].offset < (*from)[0].offset) {
		e := w.fresh[0]
		w.fresh[0] = nil
		w.fresh = w.fresh[1:]
		return e
	}
	if len(*from) == 0 {
		return nil
	}
	return heap.Pop(from).(*entry) //nolint:forcetypeassert // byOffset holds nothing else
}

// setBack has an entry that was taken come again, alone, when all before it in its
// lane are acked.
func (w *window) setBack(e *entry) {
	e.state = entrySetBack
	if e.before == nil {
		w.alone = append(w.alone, e)
	}
}
