package verify

import "iter"

// place is where a record is in the topic, which identifies it.
type place struct {
	partition int32
	offset    int64
}

// state is what has been seen of a record.
type state uint8

const (
	inLedger  state = 1 << iota // the ledger has it
	valid                       // it is an order: by the ledger or, without, by the rules
	inTopic                     // the topic has it
	decoded                     // its order's content is known
	hasRow                      // a row of it has been seen
	hasLetter                   // a dead letter of it has been seen
	conflicts                   // that letter says that the order_id was taken by other content
	replaced                    // the topic has another record in its place
)

const pageSize = 1024

// page is pageSize records that follow one another, 17 bytes each.
type page struct {
	stamps [pageSize]uint64 // of key and value, of what the ledger has
	orders [pageSize]uint64 // of id and content, of valid orders
	states [pageSize]state
}

type pageKey struct {
	partition int32
	number    int64
}

// records is what is known of each record. Where no record is there is no page.
type records struct {
	pages map[pageKey]*page
}

// record is one of records.
type record struct {
	stamp, order *uint64
	state        *state
}

func (r record) is(all state) bool { return *r.state&all == all }

func (r record) set(s state) { *r.state |= s }

// at returns the record of a place, and whether something is known of it.
func (r *records) at(p place) (record, bool) {
	if p.offset < 0 {
		return record{}, false
	}
	found, ok := r.pages[pageKey{p.partition, p.offset / pageSize}]
	if !ok {
		return record{}, false
	}
	at := found.record(p.offset % pageSize)
	return at, *at.state != 0
}

// enter returns the record of a place that somebody has a record in.
func (r *records) enter(p place) record {
	key := pageKey{p.partition, p.offset / pageSize}
	if r.pages[key] == nil {
		r.pages[key] = new(page)
	}
	return r.pages[key].record(p.offset % pageSize)
}

func (p *page) record(i int64) record {
	return record{&p.stamps[i], &p.orders[i], &p.states[i]}
}

// all returns every record of which something is known, in no order.
func (r *records) all() iter.Seq2[place, record] {
	return func(yield func(place, record) bool) {
		for key, page := range r.pages {
			for i := range int64(pageSize) {
				if page.states[i] != 0 && !yield(place{key.partition, key.number*pageSize + i}, page.record(i)) {
					return
				}
			}
		}
	}
}
