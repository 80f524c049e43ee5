package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"orderflow/handlers"
)

// busy is how many rows a batch usually has when the next one may be let fill, and
// patience how long that may take. A thousand orders per second make batches of a
// few rows, which nothing delays.
const (
	busy     = 32
	patience = time.Millisecond
)

var errClosed = handlers.Fail(handlers.Canceled, errors.New("the store has been closed"))

// queue holds the rows that wait in one open batch, which the next flusher takes
// whole.
type queue struct {
	maxRows int
	room    *semaphore.Weighted // for rows in the open batch
	turn    sync.Mutex          // of the one flusher that waits for a batch
	wake    chan struct{}       // tells it that wanted rows are there

	mu     sync.Mutex
	open   *batch
	wanted int
	usual  int // size of the latest batches, smoothed
	closed bool
}

// batch is rows that are written in one transaction.
type batch struct {
	rows    []row
	waiting int // rows whose callers have not left; guarded by queue.mu
	taken   bool
	ctx     context.Context // ends when no caller waits any more
	cancel  context.CancelFunc
	done    chan struct{} // closed when every row has its fate
}

type row struct {
	order   handlers.Order
	source  handlers.Source
	left    bool // guarded by queue.mu
	outcome handlers.Outcome
	err     error
}

func newQueue(maxRows int) *queue {
	return &queue{
		maxRows: maxRows,
		room:    semaphore.NewWeighted(int64(maxRows)),
		wake:    make(chan struct{}, 1),
		open:    newBatch(0),
	}
}

func newBatch(size int) *batch {
	ctx, cancel := context.WithCancel(context.Background())
	return &batch{rows: make([]row, 0, size), ctx: ctx, cancel: cancel, done: make(chan struct{})}
}

// join adds rows, maxRows at most, to the open batch, when there is room. The first of
// them has the index that it returns.
func (q *queue) join(ctx context.Context, orders []handlers.Placement) (b *batch, first int, err error) {
	n := len(orders)
	if err := q.room.Acquire(ctx, int64(n)); err != nil {
		return nil, 0, err
	}
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		q.room.Release(int64(n)) // to the next who waits, and will fail likewise
		return nil, 0, errClosed
	}
	b, first = q.open, len(q.open.rows)
	b.rows = slices.Grow(b.rows, n)
	for i := range orders {
		b.rows = append(b.rows, row{order: orders[i].Order, source: orders[i].Source})
	}
	b.waiting += n
	enough := first < q.wanted && q.wanted <= len(b.rows)
	q.mu.Unlock()
	if enough {
		q.wakeUp()
	}
	return b, first, nil
}

func (q *queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default: // it has been told
	}
}

// leave says that the caller of n rows waits no longer. underWay is true when their
// batch has been taken. A batch that nobody waits for is cancelled.
func (q *queue) leave(b *batch, first, n int) (underWay bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b.waiting -= n
	if !b.taken {
		for i := range n {
			b.rows[first+i].left = true
		}
		return false
	}
	if b.waiting == 0 {
		b.cancel()
	}
	return true
}

// take waits for rows and returns them with their batch, nil when the queue is
// closed. When batches are large it lets the next one fill to half of the usual
// size: callers come back one by one after their last batch, and the first of them
// would make a batch of few rows, which costs almost as much as one of many.
func (q *queue) take() (*batch, []*row) {
	q.turn.Lock()
	defer q.turn.Unlock()
	q.await(1, nil)
	if q.usual >= busy {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		q.await(q.usual/2, timer.C)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, nil
	}
	b := q.open
	b.taken = true
	q.usual = (q.usual + len(b.rows)) / 2
	q.open = newBatch(len(b.rows))
	q.room.Release(int64(len(b.rows)))
	rows := make([]*row, 0, len(b.rows))
	for i := range b.rows {
		if !b.rows[i].left {
			rows = append(rows, &b.rows[i])
		}
	}
	return b, rows
}

// await waits until n rows are there, or the queue is closed, or for the timer.
func (q *queue) await(n int, timer <-chan time.Time) {
	for {
		q.mu.Lock()
		enough := len(q.open.rows) >= n || q.closed
		q.wanted = n
		q.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-q.wake:
		case <-timer:
			return
		}
	}
}

// close fails the rows that wait, and those to come.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	for i := range q.open.rows {
		q.open.rows[i].err = errClosed
	}
	q.open.end()
	q.room.Release(int64(len(q.open.rows)))
	q.wakeUp()
}

// end tells every caller the fate of its row.
func (b *batch) end() {
	b.cancel()
	close(b.done)
}
