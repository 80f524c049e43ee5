package verify

import "fmt"

// note says what has to be known about the numbers.
func (v *verification) note() {
	r := v.report
	add := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	if r.CutLine > 0 {
		add("line %d of the ledger is cut: the generator was killed while it wrote it; the line is left out", r.CutLine)
	}
	if r.OtherRecords > 0 || r.OtherRows > 0 {
		add("other runs used topic %s, too: %d of its records and %d rows of the group are not of this ledger and not judged",
			v.topic, r.OtherRecords, r.OtherRows)
	}
	if r.Expired > 0 {
		add("%d orders are no longer in topic %s: whether they have a row was checked, not what is in it", r.Expired, v.topic)
	}
	if r.Behind > 0 {
		add("group %s has not come to %d of the missing orders, which are after its committed offsets in topic %s: "+
			"verify again when it has", v.Group, r.Behind, v.topic)
	}
	if v.letters == nil {
		add("there is no topic %s, so there are no dead letters: check --dlq-topic if there should be", v.DeadLetters)
	}
}
