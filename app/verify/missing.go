package verify

import (
	"context"

	"orderflow/app/ledger"
	"orderflow/infra/postgres"
)

// suspect is an order without a row of its own that may yet be in order: that of
// its order_id decides.
type suspect struct {
	id, key  string
	at       place
	hash     uint64
	decoded  bool
	conflict bool // it is dead-lettered as one
}

// atOnce is how many suspects are looked up in one query.
const atOnce = 5000

// nameMissing reads the ledger once more to name the orders that are missing
// somewhere. Their ids were not kept: most runs miss none.
func (v *verification) nameMissing(ctx context.Context) error {
	if !v.anyMissing() {
		return nil
	}
	_, err := eachOrder(ctx, v.Ledger, func(entry ledger.Entry) error {
		v.account(entry)
		if len(v.suspects) < atOnce {
			return nil
		}
		return v.lookUp(ctx)
	})
	if err != nil {
		return err
	}
	return v.lookUp(ctx)
}

func (v *verification) anyMissing() bool {
	for _, r := range v.records.all() {
		if r.is(replaced) || r.is(inLedger) && (!r.is(hasRow) && !r.is(hasLetter) || r.is(conflicts)) {
			return true
		}
	}
	return false
}

// account judges what is missing of an order.
func (v *verification) account(entry ledger.Entry) {
	at := place{entry.Partition, entry.Offset}
	if found, ok := v.unplaced.found[entry.N]; ok {
		at = found
	}
	r, known := v.records.at(at)
	switch {
	case !known:
	case r.is(replaced):
		v.missing(Lost, entry.OrderID, string(entry.Key), at, "not in the topic: another record is in its place")
	case !r.is(inLedger): // it was written to the ledger since that was read first
	case r.is(valid|conflicts) || r.is(valid) && !r.is(hasRow) && !r.is(hasLetter):
		v.suspects = append(v.suspects, suspect{
			id: entry.OrderID, key: string(entry.Key), at: at,
			hash: *r.order, decoded: r.is(decoded), conflict: r.is(conflicts),
		})
	case !r.is(valid) && !r.is(hasLetter):
		v.missing(InvalidNotDeadLettered, entry.OrderID, string(entry.Key), at, entry.Why)
		v.behind(at)
	}
}

// lookUp judges the suspects by the rows of their order_ids.
func (v *verification) lookUp(ctx context.Context) error {
	ids := make([]string, len(v.suspects))
	for i, s := range v.suspects {
		ids[i] = s.id
	}
	taken := make(map[string]uint64, len(ids))
	err := v.tables.OrdersByID(ctx, ids, func(row *postgres.Row) error {
		taken[row.Order.ID] = v.hash.order(&row.Order)
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range v.suspects {
		hash, found := taken[s.id]
		v.judge(s, found, found && s.decoded && hash != s.hash)
	}
	v.suspects = v.suspects[:0]
	return nil
}

// judge decides on a suspect: is there a row of its order_id, and does that
// certainly differ from it?
func (v *verification) judge(s suspect, found, differs bool) {
	switch {
	case s.conflict && found && (differs || !s.decoded):
		v.report.Conflicts++
	case s.conflict:
		v.missing(ValidDeadLettered, s.id, s.key, s.at, "class conflict, and no row of its order_id has other content")
	case found && !differs:
		v.report.Repeated++
	case found:
		v.missing(Lost, s.id, s.key, s.at, "its order_id has a row with other content, and there is no dead letter")
		v.behind(s.at)
	default:
		v.missing(Lost, s.id, s.key, s.at, "neither a row nor a dead letter")
		v.behind(s.at)
	}
}

func (v *verification) missing(kind Kind, orderID, key string, at place, detail string) {
	v.report.add(Finding{Kind: kind, OrderID: orderID, Key: key, Partition: at.partition, Offset: at.offset, Detail: detail})
}

// behind counts what is missing because the group has not come to it.
func (v *verification) behind(at place) {
	if at.offset >= v.committed[at.partition] {
		v.report.Behind++
	}
}
