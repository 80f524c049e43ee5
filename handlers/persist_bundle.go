package handlers

import "context"

// Placement is an order on its way into a store, and what became of it.
type Placement struct {
	Order   Order
	Source  Source
	Outcome Outcome
	Err     error // carries a Class; the Outcome counts if it is nil
}

// BatchStore is a Store that saves many orders at once. SaveAll does to each of them
// what Save does, and says so in it. Orders of a user are saved in their order: behind
// one that failed and may succeed later, those of the same user fail, too.
type BatchStore interface {
	Store
	SaveAll(ctx context.Context, orders []Placement)
}

// HandleBundle takes the records of a bundle through decode, validate and SaveAll. It
// sets apart those that fail, for Handle, unless all fail because the store cannot be
// used: then it returns the error of class Outage or Unconfirmed, and sets none apart.
// A Store that is no BatchStore gets all of them from Handle.
func (p Persist) HandleBundle(ctx context.Context, bundle *Bundle) error {
	store, ok := p.Store.(BatchStore)
	if !ok {
		p.settle(bundle, nil, nil)
		return nil
	}
	placements := make([]Placement, 0, len(bundle.Records))
	indexes := make([]int, 0, len(bundle.Records)) // of the placements in Records
	for i := range bundle.Records {
		record := &bundle.Records[i]
		order, err := CheckVersion(record.Version, record.Key, record.Value)
		if err != nil {
			continue // set apart below
		}
		placements = append(placements, Placement{Order: order, Source: record.Source})
		indexes = append(indexes, i)
	}
	store.SaveAll(ctx, placements)
	if err := lasting(placements); err != nil {
		return err
	}
	p.settle(bundle, placements, indexes)
	return nil
}

// lasting returns the error of placements that all failed because the store cannot be
// used.
func lasting(placements []Placement) error {
	for i := range placements {
		if err := placements[i].Err; err == nil || !ClassOf(err).Lasts() {
			return nil
		}
	}
	if len(placements) == 0 {
		return nil
	}
	return placements[0].Err
}

// settle sets apart what was not saved.
func (p Persist) settle(bundle *Bundle, placements []Placement, indexes []int) {
	next := 0
	for i := range bundle.Records {
		if next == len(indexes) || indexes[next] != i {
			bundle.SetApart(i)
			continue
		}
		placed := &placements[next]
		next++
		switch {
		case placed.Err != nil:
			bundle.SetApart(i)
		case p.Saved != nil:
			p.Saved(placed.Order, placed.Source, placed.Outcome)
		}
	}
}
