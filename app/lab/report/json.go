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
	return encode(w, cells)
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
		if c := cell.Course; c != nil {
			cells[i].Course = &courseJSON{BucketMS: milliseconds(c.Bucket), Rows: c.Rows, LatencyMS: c.LatencyMS}
			for _, at := range c.Faults {
				cells[i].Course.FaultsMS = append(cells[i].Course.FaultsMS, milliseconds(at))
			}
		}
	}
	return encode(w, struct {
		lab.Result

		Cells []cellJSON `json:"cells"`
	}{result, cells})
}

func encode(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
