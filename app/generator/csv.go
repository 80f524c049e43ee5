package generator

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// line is one row of a CSV of invoices, as text.
type line struct {
	invoice, stockCode, description, quantity, date, unitPrice, customer string
}

// lineReader reads the rows of a CSV of invoices.
type lineReader struct {
	limit *limitedReader
	rows  *csv.Reader
	// at are the places of invoiceColumns in a row.
	at []int
}

// invoiceColumns are the columns of the UCI data set "Online Retail" (doi
// 10.24432/C5BW33) that make an order.
var invoiceColumns = []string{"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"}

// newLineReader reads the header, which decides where the columns are.
func newLineReader(r io.Reader) (*lineReader, error) {
	limit := &limitedReader{r: r, left: maxRecord}
	text := bufio.NewReaderSize(limit, 64<<10)
	// A spreadsheet may have put a byte order mark before the first name.
	if mark, _ := text.Peek(3); bytes.Equal(mark, []byte("\uFEFF")) {
		_, _ = text.Discard(len(mark))
	}
	rows := csv.NewReader(text)
	rows.LazyQuotes = true    // 12" RULER, as people write it, is no reason to stop
	rows.FieldsPerRecord = -1 // nor is a row that is short: it becomes an invalid order
	rows.ReuseRecord = true   // the slice only, the text in it stays

	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line must name the columns " + strings.Join(invoiceColumns, ", "))
	}
	if err != nil {
		return nil, err
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	var missing []string
	at := make([]int, len(invoiceColumns))
	for i, column := range invoiceColumns {
		if at[i] = slices.Index(header, column); at[i] < 0 {
			missing = append(missing, column)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("no column %s; needed are the columns %s, and the first line has %.500q",
			strings.Join(missing, ", "), strings.Join(invoiceColumns, ", "), header)
	}
	return &lineReader{limit: limit, rows: rows, at: at}, nil
}

// next returns the next row, io.EOF after the last.
func (l *lineReader) next() (line, error) {
	l.limit.left = maxRecord
	row, err := l.rows.Read()
	if errors.Is(err, errTooLong) {
		return line{}, fmt.Errorf("the row after byte %d is longer than %d MiB: is a quote never closed?", l.rows.InputOffset(), maxRecord>>20)
	}
	if err != nil {
		return line{}, err
	}
	field := func(column int) string {
		if at := l.at[column]; at < len(row) {
			return toUTF8(row[at])
		}
		return ""
	}
	return line{
		invoice: field(0), stockCode: field(1), description: field(2), quantity: field(3),
		date: field(4), unitPrice: field(5), customer: field(6),
	}, nil
}

// toUTF8 reads text that is not valid UTF-8 as Windows-1252, in which the data
// set is often handed on.
func toUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	// This decoder knows a character for every byte, so it has no error.
	text, _ = charmap.Windows1252.NewDecoder().String(text)
	return text
}

var errTooLong = errors.New("too long")

// limitedReader fails when more than left bytes are read before left is set
// anew: csv.Reader would take all that follows an unclosed quote into memory.
type limitedReader struct {
	r    io.Reader
	left int
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
