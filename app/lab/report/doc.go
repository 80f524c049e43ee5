// Package report shows what a comparison of delivery guarantees came to: as rows
// and a table on a terminal, as JSON, and as a page with pictures.
package report
