package report

import (
	"embed"
	"html/template"
)

//go:embed templates
var templateFiles embed.FS

// templates escape whatever a result says for the place where it is shown.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"thousands": thousands,
	"brief":     brief,
	"day":       day,
	"judge":     judge,
	"recovery":  recovery,
	"slot":      slot,
}).ParseFS(templateFiles, "templates/*"))

// slot is where a step of a timeline stands: the processor dies between the second
// and the third.
func slot(step int) int { return []int{110, 200, 312}[step] }
