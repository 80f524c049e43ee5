package report

import (
	"encoding/json"
	"io"
	"time"

	"orderflow/app/lab"
)

// JSON writes the cells as one array of objects, without their courses.
func JSON(w io.Writer, cells []lab.Cell) error {
	if cells == nil {
		cells = []lab.Cell{} // [] where encoding/json would write null
	}
	return json.NewEncoder(w).Encode(cells)
}

// courseJSON is a lab.Course. Times are in milliseconds since the start.
type courseJSON struct {
	BucketMS  float64      `json:"bucket_ms"`
	Rows      []int64      `json:"rows"` // committed in each bucket
	FaultsMS  []float64    `json:"faults_ms"`
	LatencyMS [100]float64 `json:"latency_ms"` // percentiles 1 to 100
}

type cellJSON struct {
	lab.Cell

	Course *courseJSON `json:"course,omitempty"`
}

// writeResult writes results.json: the result and the courses of its cells.
func writeResult(w io.Writer, result lab.Result) error {
	cells := make([]cellJSON, len(result.Cells))
	for i, cell := range result.Cells {
		cells[i].Cell = cell
		if cell.Course != nil {
			cells[i].Course = encodable(*cell.Course)
		}
	}
	return json.NewEncoder(w).Encode(struct {
		lab.Result

		Cells []cellJSON `json:"cells"`
	}{result, cells})
}

func encodable(c lab.Course) *courseJSON {
	faults := make([]float64, len(c.Faults)) // never nil, which would be null
	for i, at := range c.Faults {
		faults[i] = milliseconds(at)
	}
	return &courseJSON{BucketMS: milliseconds(c.Bucket), Rows: append([]int64{}, c.Rows...), FaultsMS: faults, LatencyMS: c.LatencyMS}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
