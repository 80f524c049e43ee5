package bench

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed templates/bench.svg
var pictureText string

var picture = template.Must(template.New("bench.svg").Parse(pictureText))

// panel is one measure of all contestants as bars.
type panel struct {
	Title string
	Top   float64
	Bars  []bar
}

type bar struct {
	Name, Value, Color string

	Middle float64 // from the panel's top
	Width  float64
	End    float64 // where its value is written
}

const (
	panelHead  = 30.0
	rowHeight  = 22.0
	panelGap   = 18.0
	barLeft    = 172.0
	longestBar = 220.0
)

// panels draws what matters most: rate, latency, memory.
func (r Result) panels() []panel {
	measures := []struct {
		title string
		of    func(Figure) float64
		form  string
	}{
		{"orders per second (more is better)", func(f Figure) float64 { return f.OrdersPerSecond }, "%.0f"},
		{"p99 of the latency at 1,000 orders/s, in ms (less is better)", func(f Figure) float64 { return f.P99MS }, "%.1f"},
		{"peak memory, in MB (less is better)", func(f Figure) float64 { return f.PeakRSSMB }, "%.0f"},
		{"CPU seconds per million orders (less is better)", func(f Figure) float64 { return f.CPUSecondsPerMillion }, "%.1f"},
	}
	printer := message.NewPrinter(language.English) // 123,456
	var panels []panel
	top := 0.0
	for _, measure := range measures {
		p := panel{Title: measure.title, Top: top}
		most := 0.0
		for _, f := range r.Contestants {
			most = max(most, measure.of(f))
		}
		for i, name := range r.names() {
			value := measure.of(r.Contestants[name])
			width := math.Round(longestBar * value / max(most, math.SmallestNonzeroFloat64))
			p.Bars = append(p.Bars, bar{
				Name: name, Value: printer.Sprintf(measure.form, value), Color: contestantOf(name).Color,
				Middle: panelHead + rowHeight*(float64(i)+0.5), Width: width, End: barLeft + width + 6,
			})
		}
		top += panelHead + rowHeight*float64(len(p.Bars)) + panelGap
		panels = append(panels, p)
	}
	return panels
}

// Write writes results.json and bench.svg into dir, which it creates.
func Write(dir string, result Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the directory for the results: %w; choose another one with --out", err)
	}
	encoded, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("encode results.json: %w", err)
	}
	panels := result.panels()
	var drawn bytes.Buffer
	err = picture.Execute(&drawn, map[string]any{
		"Result": result, "Panels": panels, "Height": panels[len(panels)-1].Top + panelHead + rowHeight*float64(len(result.Contestants)) + panelGap,
	})
	if err != nil {
		return fmt.Errorf("draw bench.svg: %w", err)
	}
	for name, content := range map[string][]byte{"results.json": append(encoded, '\n'), "bench.svg": drawn.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write the results: %w; free some space or choose another directory with --out", err)
		}
	}
	return nil
}
