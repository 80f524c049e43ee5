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

// Sending records that an order is about to be sent and returns its number, from
// 1. Orders of one key must be recorded one after the other, in the order in
// which they are sent. A nil key is a record without key, a nil value a
// tombstone; refusal is why the processor will not accept the order, nil if it
// will. After an error, which is that of writing the file, nothing more is
// recorded: do not send.
func (w *Writer) Sending(orderID string, key, value []byte, refusal error) (n int64, err error) {
	entry := Entry{OrderID: orderID, Key: key, Valid: refusal == nil, Outcome: Sending}
	if value != nil {
		digest := sha256.Sum256(value)
		entry.SHA256 = digest[:]
	}
	if refusal != nil {
		entry.Why = refusal.Error()
	}

	w.mu.Lock()
	w.n++
	entry.N = w.n
	if key != nil {
		w.keySeqs[string(key)]++
		entry.KeySeq = w.keySeqs[string(key)]
	}
	entry.Time = time.Now()
	b, first := w.join()
	b.lines = appendSending(b.lines, &entry)
	w.mu.Unlock()

	if first {
		return entry.N, w.write(b)
	}
	<-b.written
	return entry.N, b.err
}

// Sent records that the broker acknowledged order n. Partition and offset are
// negative when they are not known.
func (w *Writer) Sent(n int64, partition int32, offset int64) error {
	return w.settle(&Entry{N: n, Outcome: Sent, Partition: partition, Offset: offset})
}

// Failed records that order n could not be sent, and why.
func (w *Writer) Failed(n int64, cause error) error {
	return w.settle(&Entry{N: n, Outcome: Failed, Error: cause.Error()})
}

// settle records the outcome of an order. It does not wait for a batch that
// another call is about to write: nothing waits for the outcome to be on record.
// That call, and Close, report the error if the write fails.
func (w *Writer) settle(entry *Entry) error {
	w.mu.Lock()
	entry.Time = time.Now()
	b, first := w.join()
	b.lines = appendOutcome(b.lines, entry)
	w.mu.Unlock()

	if first {
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
