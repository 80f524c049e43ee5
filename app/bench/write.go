package bench

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
)

//go:embed templates/bars.svg
var pictureText string

var picture = template.Must(template.New("bars.svg").Parse(pictureText))

// Write writes results.json and bench.svg into dir, which it creates, and
// returns the path of the picture.
func (r Result) Write(dir string) (path string, err error) {
	var rows []row
	for _, name := range r.names() {
		rows = append(rows, row{name, contestantOf(name).Color, r.Contestants[name]})
	}
	var panels []panel
	top := 0.0
	for _, m := range []measure{perSecond, p99, peakMemory, cpuTime} {
		panels = append(panels, panelOf(top, m, rows))
		top = panels[len(panels)-1].bottom()
	}
	drawn, err := draw("orderflow beside others",
		fmt.Sprintf("Medians of %d rounds with %d orders of %d users.", r.Rounds, r.Orders, r.Users), panels)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "bench.svg"), writeFiles(dir, "results.json", r, "bench.svg", drawn)
}

// draw draws panels one below the other.
func draw(title, description string, panels []panel) ([]byte, error) {
	var drawn bytes.Buffer
	err := picture.Execute(&drawn, map[string]any{
		"Title": title, "Description": description, "Panels": panels, "Height": panels[len(panels)-1].bottom(),
	})
	if err != nil {
		return nil, fmt.Errorf("draw the picture: %w", err)
	}
	return drawn.Bytes(), nil
}

// writeFiles writes results as JSON, and their picture.
func writeFiles(dir, resultsName string, results any, pictureName string, drawn []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the directory for the results: %w; choose another one with --out", err)
	}
	encoded, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", resultsName, err)
	}
	for name, content := range map[string][]byte{resultsName: append(encoded, '\n'), pictureName: drawn} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write the results: %w; free some space or choose another directory with --out", err)
		}
	}
	return nil
}
