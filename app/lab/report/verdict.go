package report

import (
	"strings"

	"orderflow/app/lab"
)

// verdict is how a cell stands to the promises of its guarantee.
type verdict struct {
	Word string
	Tone string // bad: a promise is broken; fair: an allowed loss or double; good: neither
}

func judge(cell lab.Cell) verdict {
	promised := guaranteeOf(cell.Delivery)
	var broken []string
	if promised.NeverLost && cell.Lost > 0 {
		broken = append(broken, "lost")
	}
	if promised.NeverDoubled && cell.Duplicated > 0 {
		broken = append(broken, "doubled")
	}
	switch {
	case len(broken) > 0:
		return verdict{"BROKEN: " + strings.Join(broken, ", "), "bad"}
	case cell.Lost > 0 || cell.Duplicated > 0:
		return verdict{"allowed", "fair"}
	default:
		return verdict{"clean", "good"}
	}
}
