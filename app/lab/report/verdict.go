package report

import (
	"strings"

	"orderflow/app/lab"
)

// verdict is how a cell stands to the promises of its guarantee, as verify judges
// them: the order within a user is promised together with neverLost, and no
// guarantee allows a dead letter of a valid order.
type verdict struct {
	Word string
	Tone string // bad: a promise is broken; fair: what happened is allowed; good: nothing did
}

func judge(cell lab.Cell) verdict {
	broken := Broken(cell)
	switch {
	case len(broken) > 0:
		return verdict{"BROKEN: " + strings.Join(broken, ", "), "bad"}
	case cell.Lost > 0 || cell.Duplicated > 0 || cell.OutOfOrder > 0:
		return verdict{"allowed", "fair"}
	default:
		return verdict{"clean", "good"}
	}
}

// Broken names the promises of its guarantee that a cell has broken.
func Broken(cell lab.Cell) []string {
	promised := guaranteeOf(cell.Delivery)
	var broken []string
	for _, promise := range []struct {
		made  bool
		count int64
		word  string
	}{
		{promised.NeverLost, cell.Lost, "lost"},
		{promised.NeverDoubled, cell.Duplicated, "doubled"},
		{promised.NeverLost, cell.OutOfOrder, "out of order"},
		{true, cell.ValidDeadLettered, "valid dead-lettered"},
		{true, cell.SumsOff, "sums off"},
	} {
		if promise.made && promise.count > 0 {
			broken = append(broken, promise.word)
		}
	}
	if cell.Events != nil {
		broken = append(broken, cell.Events.Broken(promised.NeverLost && promised.NeverDoubled)...)
	}
	// With one in flight everybody stops in a rebalance; with more nobody does who keeps a partition.
	if cell.InFlight > 1 && cell.PauseStayedSeconds > lab.MayPause.Seconds() {
		broken = append(broken, "partitions that stay paused")
	}
	return broken
}
