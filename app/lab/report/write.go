package report

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"orderflow/app/lab"
)

// Write writes the report of a result into dir, which it creates: index.html, which
// needs no other file and no network, results.json, and the page's pictures as
// lost-and-doubled.svg, orders-over-time-FAULT.svg and latency-FAULT.svg. Faults
// whose cells have no course have no pictures of their own.
func Write(dir string, result lab.Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the report's folder: %w; choose another one with --out", err)
	}
	var results bytes.Buffer
	if err := writeResult(&results, result); err != nil {
		return fmt.Errorf("encode results.json: %w", err)
	}
	if err := writeFile(dir, "results.json", results.Bytes()); err != nil {
		return err
	}

	p := newPage(result)
	if err := render(dir, "index.html", "page.html", p); err != nil {
		return err
	}
	if err := render(dir, "lost-and-doubled.svg", "balance.svg", p.Balance); err != nil {
		return err
	}
	for _, f := range p.Faults {
		if f.OrdersOverTime == nil {
			continue
		}
		ending := url.PathEscape(f.Name) + ".svg"
		if err := render(dir, "orders-over-time-"+ending, "chart.svg", f.OrdersOverTime); err != nil {
			return err
		}
		if err := render(dir, "latency-"+ending, "chart.svg", f.Latency); err != nil {
			return err
		}
	}
	return nil
}

func render(dir, name, template string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, template, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return writeFile(dir, name, b.Bytes())
}

func writeFile(dir, name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		return fmt.Errorf("write the report: %w; free some space or choose another folder with --out", err)
	}
	return nil
}
