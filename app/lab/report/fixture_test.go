package report

import (
	"math"
	"time"

	"orderflow/app/lab"
)

// outcome is what one guarantee came to in the fixture.
type outcome struct{ lost, doubled int64 }

// fixture is a result of all 24 cells, such as a run could have.
func fixture() lab.Result {
	result := lab.Result{StartedAt: time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC), Orders: 20000}
	for f, fault := range []struct {
		name     string
		injected int
		pause    time.Duration // that a fault costs
		outcomes [4]outcome    // of the guarantees
	}{
		{"none", 0, 0, [4]outcome{}},
		{"kill", 4, 3 * time.Second, [4]outcome{{7, 0}, {412, 655}, {0, 318}, {}}},
		{"zombie", 3, 4 * time.Second, [4]outcome{{0, 0}, {96, 1204}, {0, 11}, {}}},
		{"rebalance", 8, 500 * time.Millisecond, [4]outcome{{0, 0}, {0, 77}, {0, 0}, {}}},
		{"database", 3, 2 * time.Second, [4]outcome{{9, 0}, {31, 2}, {0, 2}, {}}},
		{"broker", 5, time.Second, [4]outcome{{3, 0}, {0, 140}, {0, 87}, {}}},
	} {
		for d, delivery := range []string{"at-most-once", "auto-commit", "at-least-once", "exactly-once"} {
			lost, doubled := fault.outcomes[d].lost, fault.outcomes[d].doubled
			cell := lab.Cell{
				Delivery: delivery, Fault: fault.name, Orders: result.Orders, Injected: fault.injected,
				Persisted: result.Orders - 400 - lost + doubled, Lost: lost, Duplicated: doubled, DeadLettered: 400,
				OrdersPerSecond: 1250.25 - 100*float64(f) - 40*float64(d),
				P99MS:           8.25 + fault.pause.Seconds()*900 + 3*float64(d),
				RecoverySeconds: fault.pause.Seconds() * 1.25,
			}
			if delivery == "auto-commit" {
				cell.OutOfOrder = doubled / 2
			}
			cell.Course = course(cell, fault.pause, d)
			result.Cells = append(result.Cells, cell)
		}
	}
	return result
}

// course spreads a cell's rows over 20 s, standing still for a pause after each
// fault.
func course(cell lab.Cell, pause time.Duration, guarantee int) *lab.Course {
	const bucket, buckets = 100 * time.Millisecond, 200
	c := &lab.Course{Bucket: bucket, Rows: make([]int64, buckets)}
	still := make([]bool, buckets)
	for i := range cell.Injected {
		at := time.Duration(i+1)*20*time.Second/time.Duration(cell.Injected+1) + time.Duration(guarantee)*200*time.Millisecond
		c.Faults = append(c.Faults, at)
		for b := int(at / bucket); b < min(buckets-10, int((at+pause)/bucket)); b++ {
			still[b] = true
		}
	}
	moving := int64(0)
	for _, stands := range still {
		if !stands {
			moving++
		}
	}
	left := cell.Persisted
	for b, stands := range still {
		if !stands {
			c.Rows[b] = left / moving
			left -= c.Rows[b]
			moving--
		}
	}
	for i := range c.LatencyMS {
		share := float64(i+1) / 100
		c.LatencyMS[i] = math.Round(100*(1.5+float64(guarantee)*0.4+4*share+cell.P99MS*math.Pow(share, 20))) / 100
	}
	return c
}
