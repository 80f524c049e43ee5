package verify

import "fmt"

// Broken returns which promises of a delivery guarantee are broken, each in
// words with its number. neverLost and neverDoubled say what the guarantee promises. Whatever
// it promises, there may be no row of what was never sent, none that differs, and
// no dead letter of a valid order. The order within a user is promised together
// with neverLost: only then is each order offered again until it is written, by
// whoever owns the partition, so none can come after its successors.
func (r Report) Broken(neverLost, neverDoubled bool) []string {
	var broken []string
	for _, promise := range []struct {
		made  bool
		count int64
		text  string
	}{
		{neverLost, r.Lost, "orders lost"},
		{neverDoubled, r.Duplicated, "rows that are duplicates"},
		{true, r.Phantom, "rows or dead letters of what was never sent"},
		{true, r.Changed, "rows or dead letters that differ from what was sent"},
		{neverLost, r.OutOfOrder, "rows out of order within their user"},
		{neverLost, r.InvalidNotDeadLettered, "invalid orders without a dead letter"},
		{true, r.ValidDeadLettered, "valid orders dead-lettered"},
	} {
		if promise.made && promise.count > 0 {
			broken = append(broken, fmt.Sprintf("%s: %d", promise.text, promise.count))
		}
	}
	if r.Events != nil {
		broken = append(broken, r.Events.Broken(neverLost && neverDoubled)...)
	}
	return broken
}
