package report

import (
	"strconv"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"orderflow/app/lab"
)

// thousands writes 20000 as 20,000.
func thousands(n int64) string {
	return message.NewPrinter(language.English).Sprint(n)
}

// brief rounds to what one can tell apart: 0.3, 4.2, 138.
func brief(f float64) string {
	if f < 10 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return thousands(int64(f + 0.5))
}

// spell writes a number of milliseconds on an axis: 0.5 ms, 20 ms, 3 s.
func spell(ms float64) string {
	if ms < 1000 {
		return strconv.FormatFloat(ms, 'f', -1, 64) + " ms"
	}
	return strconv.FormatFloat(ms/1000, 'f', -1, 64) + " s"
}

// recovery is in seconds, and nothing where there was no fault to recover from.
func recovery(cell lab.Cell) string {
	if cell.Injected == 0 {
		return "-"
	}
	return strconv.FormatFloat(cell.RecoverySeconds, 'f', 1, 64)
}

// day writes a time for a reader anywhere.
func day(t time.Time) string {
	return t.UTC().Format("2 January 2006, 15:04 UTC")
}
