package report

import (
	"math"

	"orderflow/app/lab"
)

// balance is what templates/balance.svg draws: for each guarantee a panel with a
// row for each fault, lost orders to the left of the middle and doubled to the right.
type balance struct {
	Height float64
	Panels []panel
	Broken bool // a promise is, somewhere
}

type panel struct {
	guarantee

	Top, Height float64
	Rows        []balanceRow
}

type balanceRow struct {
	Fault         string
	Middle        float64 // from the top of the picture
	Lost, Doubled bar
}

type bar struct {
	Count    string
	Left     float64
	Width    float64
	CountAt  float64
	Breaking bool // the guarantee promises that there is none
}

const (
	balanceTop    = 30.0 // above the first panel
	balanceFoot   = 26.0
	panelHead     = 30.0
	panelGap      = 12.0
	rowHeight     = 20.0
	balanceMiddle = 282.0
	longestBar    = 132.0
)

// lostAndDoubled draws all cells.
func lostAndDoubled(cells []lab.Cell) balance {
	most := 1.0
	for _, cell := range cells {
		most = max(most, float64(cell.Lost), float64(cell.Duplicated))
	}
	b := balance{Height: balanceTop}
	for _, name := range deliveriesOf(cells) {
		p := panel{guarantee: guaranteeOf(name), Top: b.Height}
		for _, cell := range cells {
			if cell.Delivery != name {
				continue
			}
			lost := newBar(cell.Lost, most, p.NeverLost)
			lost.Left = balanceMiddle - lost.Width
			lost.CountAt = lost.Left - 5
			doubled := newBar(cell.Duplicated, most, p.NeverDoubled)
			doubled.Left = balanceMiddle
			doubled.CountAt = doubled.Left + doubled.Width + 5
			b.Broken = b.Broken || lost.Breaking || doubled.Breaking
			p.Rows = append(p.Rows, balanceRow{
				cell.Fault, p.Top + panelHead + rowHeight*(float64(len(p.Rows))+0.5), lost, doubled,
			})
		}
		p.Height = panelHead + rowHeight*float64(len(p.Rows)) + 6
		b.Panels = append(b.Panels, p)
		b.Height += p.Height + panelGap
	}
	b.Height += balanceFoot
	return b
}

// newBar is as long as the logarithm of n, so that 1 shows beside 10,000.
func newBar(n int64, most float64, promised bool) bar {
	return bar{
		Count:    thousands(n),
		Width:    round(longestBar * math.Log1p(float64(n)) / math.Log1p(most)),
		Breaking: promised && n > 0,
	}
}
