package verify

import (
	"cmp"
	"fmt"
	"slices"
)

// Report is what a verification came to. The orders of the ledger are counted,
// and their rows and dead letters.
type Report struct {
	// Orders is how many the generator set out to send: Valid, Invalid and Unknown.
	Orders int64 `json:"orders"`
	// Unknown were not acknowledged and are not in the topic: nothing is owed.
	Unknown int64 `json:"unknown"`
	Valid   int64 `json:"valid"`
	Invalid int64 `json:"invalid"`
	// Persisted is how many rows there are, more than one of an order included.
	Persisted int64 `json:"persisted"`
	// Repeated have no row of their own in the table orders because their order_id
	// has one with the same content: the generator sent the order more than once.
	Repeated int64 `json:"repeated"`
	// Conflicts are dead-lettered, and rightly so: their order_id has a row with
	// other content.
	Conflicts int64 `json:"conflicts"`
	// Lost are valid and have neither row nor dead letter.
	Lost int64 `json:"lost"`
	// Duplicated is how many rows there are beyond the first of an order.
	Duplicated int64 `json:"duplicated"`
	// Phantom is how many rows and dead letters there are of what was never sent.
	Phantom int64 `json:"phantom"`
	// Changed is how many rows and dead letters differ from what was sent.
	Changed int64 `json:"changed"`
	// OutOfOrder is how many rows were written after one of a later order of the
	// same user. The rows that Duplicated counts are not judged.
	OutOfOrder int64 `json:"out_of_order"`
	// InvalidNotDeadLettered have no dead letter.
	InvalidNotDeadLettered int64 `json:"invalid_not_dead_lettered"`
	// DeadLettered is how many orders have a dead letter, each counted once.
	DeadLettered int64 `json:"dead_lettered"`
	// ValidDeadLettered are dead-lettered without being a conflict.
	ValidDeadLettered int64 `json:"valid_dead_lettered"`

	// CutLine is the last line of the ledger if the generator was killed while it
	// wrote that, else 0. It is left out.
	CutLine int64 `json:"cut_line"`
	// OtherRecords and OtherRows are of other runs in the same topic.
	OtherRecords int64 `json:"other_records"`
	OtherRows    int64 `json:"other_rows"`
	// Expired are no longer in the topic: that they have a row was checked, not
	// what is in it.
	Expired int64 `json:"expired"`
	// Behind is how many of Lost and InvalidNotDeadLettered the group has not come
	// to: they are after its committed offsets.
	Behind int64 `json:"behind"`
	// Events is what was announced; nil if nobody asked.
	Events *Events `json:"events,omitempty"`
	// Notes say what is to be known about the numbers.
	Notes []string `json:"notes"`
	// Findings are sorted by kind and place. There are at most 1000 of a kind;
	// the numbers count all.
	Findings []Finding `json:"findings"`

	listed map[Kind]int
}

func newReport() *Report {
	return &Report{Notes: []string{}, Findings: []Finding{}, listed: map[Kind]int{}}
}

// maxListed bounds the findings of a kind.
const maxListed = 1000

// add counts a finding and lists it if there is room.
func (r *Report) add(f Finding) {
	*r.count(f.Kind)++
	if r.listed[f.Kind] == maxListed {
		return
	}
	r.listed[f.Kind]++
	r.Findings = append(r.Findings, f)
}

// count is the number of all findings of a kind.
func (r *Report) count(kind Kind) *int64 {
	switch kind {
	case Lost:
		return &r.Lost
	case Duplicated:
		return &r.Duplicated
	case Phantom:
		return &r.Phantom
	case Changed:
		return &r.Changed
	case OutOfOrder:
		return &r.OutOfOrder
	case InvalidNotDeadLettered:
		return &r.InvalidNotDeadLettered
	case ValidDeadLettered:
		return &r.ValidDeadLettered
	}
	panic(fmt.Sprintf("no finding is called %q", kind))
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
}
