package verify

import (
	"context"
	"fmt"

	"orderflow/infra/postgres"
)

// rows is the reading of one table. What comes out of order shows within a table
// only: each counts its rows by itself.
type rows struct {
	*verification
	latest map[uint64]int64 // offset of the latest order that was written, by user
}

func (v *verification) readRows(ctx context.Context) error {
	for _, table := range []postgres.Write{postgres.Insert, postgres.InsertOnce} {
		reading := rows{verification: v, latest: map[uint64]int64{}}
		if err := v.tables.Rows(ctx, table, reading.see); err != nil {
			return err
		}
	}
	if v.strayed > 0 && v.report.Persisted == 0 && v.report.OtherRows == 0 && v.report.Valid > 0 {
		return fmt.Errorf("ledger %s and group %q do not belong together: none of the %d rows there is of an order in topic %q; "+
			"check --ledger and --group-id", v.Ledger, v.Group, v.strayed, v.topic)
	}
	return nil
}

// see takes note of a row.
func (v rows) see(row *postgres.Row) error {
	at := place{row.Partition, row.Offset}
	hash := v.hash.order(&row.Order)
	r, known := v.records.at(at)
	switch {
	case known && r.is(inLedger|valid) && sameID(*r.order, hash):
		v.persisted(row, r, hash)
	case known && !r.is(inLedger) && r.is(valid) && sameID(*r.order, hash), !known && v.expired(at):
		v.report.OtherRows++
	default:
		v.strayed++
		v.found(Phantom, row, "a row of an order that the topic does not hold there")
	}
	return nil
}

// persisted judges a row of one of the ledger's orders.
func (v rows) persisted(row *postgres.Row, r record, hash uint64) {
	v.report.Persisted++
	changed := r.is(decoded) && *r.order != hash
	if changed {
		v.found(Changed, row, "the row differs from the order in the topic")
	}
	if r.is(hasRow) {
		v.found(Duplicated, row, "one more row of the order")
		return
	}
	r.set(hasRow)
	if changed {
		return // the user may be another one
	}
	user := v.hash.user(row.Order.UserID, row.Partition)
	if latest, ok := v.latest[user]; ok && row.Offset < latest {
		v.found(OutOfOrder, row, fmt.Sprintf("written after offset %d of the same user", latest))
		return
	}
	v.latest[user] = row.Offset
}

func (v rows) found(kind Kind, row *postgres.Row, detail string) {
	v.report.add(Finding{
		Kind: kind, OrderID: row.Order.ID, Key: row.Order.UserID,
		Partition: row.Partition, Offset: row.Offset, Detail: detail,
	})
}

// expired reports whether the topic once had a record in this place.
func (v *verification) expired(at place) bool {
	return at.offset >= 0 && at.offset < v.extents[at.partition].Start
}
