package verify_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/app/verify"
	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// fate is what becomes of an order in the property test.
type fate string

var (
	fatesOfValid   = []fate{"fine", "fine", "fine", "lost", "doubled", "changed", "late", "phantom", "dead-lettered", "late and doubled"}
	fatesOfInvalid = []fate{"fine", "fine", "no letter", "two letters", "other value", "never sent"}
)

// planted is an order with its fate.
type planted struct {
	sent
	valid bool
	fate  fate
}

// The law: whatever is planted, the report counts exactly that.
func TestFaultsAreCountedExactly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.Insert)
	rapid.Check(t, func(rt *rapid.T) {
		w.execute(`TRUNCATE %s`)
		w.newRun(servertest.Topic(t, partitions))
		orders := w.plant(rt)
		want := verify.Report{}
		for _, o := range orders {
			want.Orders++
			if o.valid {
				w.liveValid(o, &want)
			} else {
				w.liveInvalid(o, &want)
			}
		}
		for _, o := range orders {
			w.liveLate(o, orders, &want)
		}

		got := w.verify()
		require.Empty(rt, got.Notes)
		require.Equal(rt, want.Broken(true, true), got.Broken(true, true)) // the numbers of all kinds
		require.Len(rt, got.Findings, int(want.Lost+want.Duplicated+want.Phantom+want.Changed+want.OutOfOrder+
			want.InvalidNotDeadLettered+want.ValidDeadLettered))
		for name, pair := range map[string][2]int64{
			"orders": {want.Orders, got.Orders}, "valid": {want.Valid, got.Valid}, "invalid": {want.Invalid, got.Invalid},
			"unknown": {want.Unknown, got.Unknown}, "persisted": {want.Persisted, got.Persisted},
			"dead-lettered": {want.DeadLettered, got.DeadLettered}, "repeated": {0, got.Repeated}, "conflicts": {0, got.Conflicts},
		} {
			require.Equal(rt, pair[0], pair[1], name)
		}
	})
}

// plant sends orders of a few users.
func (w *world) plant(rt *rapid.T) []planted {
	w.t.Helper()
	var orders []planted
	for i := range rapid.IntRange(0, 25).Draw(rt, "orders") {
		user := rapid.SampledFrom([]string{"u0", "u1", "u2"}).Draw(rt, "user")
		o := planted{valid: rapid.IntRange(0, 3).Draw(rt, "valid") > 0}
		if o.valid {
			o.fate = rapid.SampledFrom(fatesOfValid).Draw(rt, "fate")
			o.sent = w.prepare(newOrder(user, "id"+strconv.Itoa(i), int64(100+i)))
		} else {
			o.fate = rapid.SampledFrom(fatesOfInvalid).Draw(rt, "fate")
			o.sent = w.begin(sent{record: w.record(user, []byte("x"+strconv.Itoa(i)))})
		}
		if o.fate != "never sent" {
			w.send(o.sent)
		}
		orders = append(orders, o)
	}
	return orders
}

func (w *world) liveValid(o planted, want *verify.Report) {
	w.t.Helper()
	want.Valid++
	switch o.fate {
	case "lost":
		want.Lost++
	case "dead-lettered":
		w.deadLetter(o.sent, handlers.Unknown)
		want.DeadLettered++
		want.ValidDeadLettered++
	case "late", "late and doubled": // not yet
	case "doubled":
		w.save(o.sent, o.sent)
		want.Persisted += 2
		want.Duplicated++
	case "changed":
		o.order.Items[0].SKU = "another"
		w.save(o.sent)
		want.Persisted++
		want.Changed++
	case "phantom":
		w.save(o.sent)
		want.Persisted++
		o.order.ID += "?"
		w.save(o.sent)
		want.Phantom++
	default:
		w.save(o.sent)
		want.Persisted++
	}
}

func (w *world) liveInvalid(o planted, want *verify.Report) {
	w.t.Helper()
	if o.fate == "never sent" {
		want.Unknown++
		return
	}
	want.Invalid++
	if o.fate == "no letter" {
		want.InvalidNotDeadLettered++
		return
	}
	want.DeadLettered++
	letter := w.letter(o.sent, handlers.Decode)
	if o.fate == "other value" {
		letter.Value = append(slices.Clone(letter.Value), ' ')
		want.Changed++
	}
	w.publish(letter)
	if o.fate == "two letters" {
		w.publish(w.letter(o.sent, handlers.Decode))
	}
}

// liveLate writes the rows of orders that are written after all others.
func (w *world) liveLate(o planted, orders []planted, want *verify.Report) {
	w.t.Helper()
	if o.fate != "late" && o.fate != "late and doubled" {
		return
	}
	w.save(o.sent)
	want.Persisted++
	overtaken := slices.ContainsFunc(orders, func(other planted) bool {
		inTime := slices.Contains([]fate{"fine", "doubled", "phantom"}, other.fate)
		return other.valid && inTime && other.order.UserID == o.order.UserID && other.record.Offset > o.record.Offset
	})
	if overtaken {
		want.OutOfOrder++
	}
	if o.fate == "late and doubled" {
		w.save(o.sent)
		want.Persisted++
		want.Duplicated++
	}
}
