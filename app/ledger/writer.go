package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Writer writes a ledger. Its methods except Close may be called concurrently.
//
// Nothing stays in this process: a line is given to the operating system by the
// call that made it, or by a concurrent call in the same write(2). So a ledger
// tells the truth also when its process is killed. It is not synced to the disk:
// a machine that loses power may lose its last seconds.
type Writer struct {
	file *os.File

	mu      sync.Mutex // guards the fields down to the blank line
	n       int64
	keySeqs map[string]int64
	open    *batch // lines that nobody has begun to write; nil if there are none
	spare   []byte // a buffer to use for the next batch

	writing sync.Mutex // held during write(2); taken before mu
	err     error      // the first failed write; guarded by writing
}

// Create creates the file path and writes the header. It refuses a file that
// exists: a ledger is evidence of an earlier run.
func Create(path string, header Header) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("ledger %s exists: it is the record of an earlier run; name another file or delete it", path)
	}
	if err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	if _, err := file.Write(appendHeader(nil, header)); err != nil {
		return nil, errors.Join(fmt.Errorf("write ledger: %w", err), file.Close())
	}
	return &Writer{file: file, keySeqs: make(map[string]int64)}, nil
}

// Order is what a ledger keeps of an order that is about to be sent.
type Order struct {
	ID string
	// Key is that of the record, nil for a record without key; Value is nil for a
	// tombstone.
	Key, Value []byte
	// Refusal is why the processor will not accept the order, nil if it will.
	Refusal error
}

// Sending records that orders are about to be sent and returns the number of the
// first, from 1; those of the others follow. Orders of one key must be recorded one
// after the other, in the order in which they are sent. After an error, which is that
// of writing the file, nothing more is recorded: do not send.
func (w *Writer) Sending(orders ...Order) (first int64, err error) {
	entries := make([]Entry, len(orders))
	digests := make([][sha256.Size]byte, len(orders))
	for i, order := range orders {
		entries[i] = Entry{OrderID: order.ID, Key: order.Key, Valid: order.Refusal == nil, Outcome: Sending}
		if order.Value != nil {
			digests[i] = sha256.Sum256(order.Value)
			entries[i].SHA256 = digests[i][:]
		}
		if order.Refusal != nil {
			entries[i].Why = order.Refusal.Error()
		}
	}

	w.mu.Lock()
	first = w.n + 1
	b, opened := w.join()
	at := appendTime(nil, time.Now())
	for i := range entries {
		w.number(&entries[i])
		b.lines = appendSending(b.lines, &entries[i], at)
	}
	w.mu.Unlock()

	if opened {
		return first, w.write(b)
	}
	<-b.written
	return first, b.err
}

// number gives an order its number, and that within its key. w.mu must be held.
func (w *Writer) number(entry *Entry) {
	w.n++
	entry.N = w.n
	if entry.Key != nil {
		w.keySeqs[string(entry.Key)]++
		entry.KeySeq = w.keySeqs[string(entry.Key)]
	}
}

// SentTo is the entry for an order n that the broker acknowledged. Partition and
// offset are negative when they are not known.
func SentTo(n int64, partition int32, offset int64) Entry {
	return Entry{N: n, Outcome: Sent, Partition: partition, Offset: offset}
}

// FailedBy is the entry for an order n that could not be sent.
func FailedBy(n int64, cause error) Entry {
	return Entry{N: n, Outcome: Failed, Error: cause.Error()}
}

// Settle records the outcomes of orders ([SentTo], [FailedBy]). It does not wait for a
// batch that another call is about to write: nothing waits for the outcome to be on
// record. That call, and Close, report the error if the write fails.
func (w *Writer) Settle(outcomes ...Entry) error {
	w.mu.Lock()
	at := appendTime(nil, time.Now())
	b, opened := w.join()
	for i := range outcomes {
		b.lines = appendOutcome(b.lines, &outcomes[i], at)
	}
	w.mu.Unlock()

	if opened {
		return w.write(b)
	}
	return nil
}

// Close closes the file and returns the first error of writing it, if any. No
// other call may be under way or follow.
func (w *Writer) Close() error {
	err := w.err
	if closing := w.file.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("close ledger: %w", closing))
	}
	return err
}
