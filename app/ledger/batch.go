package ledger

import (
	"fmt"
	"runtime"
)

// batch is what goes to the file in one write(2): the lines that came while the
// write before was under way.
type batch struct {
	lines   []byte        // guarded by Writer.mu until the write begins
	written chan struct{} // closed when the lines are written or err says why not
	err     error
}

// join returns the batch that takes lines now. first is true for the caller who
// opened it and so must write it. Writer.mu must be held.
func (w *Writer) join() (b *batch, first bool) {
	if w.open != nil {
		return w.open, false
	}
	w.open = &batch{lines: w.spare, written: make(chan struct{})}
	w.spare = nil
	return w.open, true
}

// write waits for the write under way, closes the batch to further lines and
// writes it. After a failed write it writes nothing, since a line may be cut and
// the next would be glued to it.
func (w *Writer) write(b *batch) error {
	// Others who are ready to write join first: one answer of the broker wakes many,
	// and they need one write(2), not one each.
	runtime.Gosched()
	w.writing.Lock()
	defer w.writing.Unlock()

	w.mu.Lock()
	w.open = nil
	w.mu.Unlock()

	if w.err == nil {
		if _, err := w.file.Write(b.lines); err != nil {
			w.err = fmt.Errorf("write ledger: %w", err)
		}
	}
	b.err = w.err
	close(b.written)

	w.mu.Lock()
	w.spare = b.lines[:0]
	w.mu.Unlock()
	return b.err
}
