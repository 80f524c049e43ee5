package generator

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Open opens a file of orders. Its extension says what it is: .csv a CSV of
// invoices, see [OpenInvoices]; .jsonl, .ndjson or .json JSON Lines, see
// [OpenJSONLines].
func Open(path string) (Source, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return openAs(OpenInvoices(path))
	case ".jsonl", ".ndjson", ".json":
		return openAs(OpenJSONLines(path))
	default:
		return nil, fmt.Errorf("orders file %s: its name must end in .csv (invoices) or in .jsonl, .ndjson or .json (an order a line)", path)
	}
}

// openAs keeps a nil pointer from becoming a Source that is not nil.
func openAs[S Source](source S, err error) (Source, error) {
	if err != nil {
		return nil, err
	}
	return source, nil
}
