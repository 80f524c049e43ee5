package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"orderflow/app/ledger"
)

// eachOrder calls visit with every order of a ledger, both of its lines in one
// entry; an order without a second line comes last, with outcome Sending. It
// returns the number of the cut line, 0 if none is. Only orders that are on their
// way are in memory.
func eachOrder(ctx context.Context, path string, visit func(ledger.Entry) error) (cutLine int64, err error) {
	book, err := ledger.Open(path)
	if err != nil {
		return 0, err
	}
	defer book.Close() //nolint:errcheck // it was only read
	sending := map[int64]ledger.Entry{}
	for {
		entry, err := book.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return 0, err
		}
		if entry.Outcome == ledger.Sending {
			sending[entry.N] = entry
			continue
		}
		order, begun := sending[entry.N]
		if !begun {
			return 0, fmt.Errorf("the ledger %s is damaged: it says what became of order %d and does not say what that is", path, entry.N)
		}
		delete(sending, entry.N)
		order.Outcome, order.Partition, order.Offset = entry.Outcome, entry.Partition, entry.Offset
		if err := visit(order); err != nil {
			return 0, err
		}
	}
	for _, n := range slices.Sorted(maps.Keys(sending)) {
		if err := visit(sending[n]); err != nil {
			return 0, err
		}
	}
	return book.CutLine(), nil
}

func (v *verification) readLedger(ctx context.Context) (err error) {
	v.report.CutLine, err = eachOrder(ctx, v.Ledger, v.enter)
	return err
}

// enter takes note of an order of the ledger.
func (v *verification) enter(entry ledger.Entry) error {
	v.report.Orders++
	order := unplacedOrder{n: entry.N, valid: entry.Valid, id: v.hash.id(entry.OrderID)}
	stamp := v.hash.stamp(entry.Key, entry.SHA256)
	if entry.Offset < 0 {
		v.unplaced.byStamp[stamp] = append(v.unplaced.byStamp[stamp], order)
		return nil
	}
	at := place{entry.Partition, entry.Offset}
	r := v.records.enter(at)
	if r.is(inLedger) {
		return fmt.Errorf("the ledger %s is damaged: it has two orders in partition %d at offset %d", v.Ledger, at.partition, at.offset)
	}
	v.own(r, order, stamp)
	if last, ok := v.last[at.partition]; !ok || at.offset > last {
		v.last[at.partition] = at.offset
	}
	return nil
}

// own makes a record one of the ledger's.
func (v *verification) own(r record, order unplacedOrder, stamp uint64) {
	*r.stamp, *r.order = stamp, order.id
	r.set(inLedger)
	if order.valid {
		r.set(valid)
		v.report.Valid++
	} else {
		v.report.Invalid++
	}
}

// unplaced are the orders of which the ledger does not say where they went: the
// generator was killed before the acknowledgement or gave up waiting for it. They
// are looked for in the topic, by key and value.
type unplaced struct {
	byStamp map[uint64][]unplacedOrder
	found   map[int64]place // by number in the ledger
	started time.Time       // of the run: what is older is of another one that sent the same
}

type unplacedOrder struct {
	n     int64
	valid bool
	id    uint64
}

// take returns the next of the orders that have this stamp, if there is one.
func (u unplaced) take(stamp uint64, at place, written time.Time) (unplacedOrder, bool) {
	orders := u.byStamp[stamp]
	if len(orders) == 0 || written.Before(u.started) {
		return unplacedOrder{}, false
	}
	u.byStamp[stamp] = orders[1:]
	u.found[orders[0].n] = at
	return orders[0], true
}

// left is how many have not been found.
func (u unplaced) left() (orders int64) {
	for _, same := range u.byStamp {
		orders += int64(len(same))
	}
	return orders
}
