package generator

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"
)

// Invoices is a Source of the orders in a CSV of invoices: the rows of an
// InvoiceNo that stand together are one order. It reads as it goes, in memory
// for one invoice.
type Invoices struct {
	file  *os.File
	lines *lineReader
	ahead line  // the first row of the next invoice
	err   error // why there is none

	document    document // buffers for the order in work
	amount, sum big.Int  // in work
}

// OpenInvoices opens a CSV of invoices. The first line names the columns, which
// may stand in any order beside others. The error names the columns that are
// missing.
//
// An order gets the invoice's CustomerID as user, without the ".0" that tables
// with gaps add, the date of its first row in UTC, and currency GBP. What can't
// be read as a number or a date stays in the order as the text it is, for the
// processor to refuse.
func OpenInvoices(path string) (*Invoices, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open orders: %w", err)
	}
	invoices, err := newInvoices(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read invoices from %s: %w", path, err), file.Close())
	}
	invoices.file = file
	return invoices, nil
}

func newInvoices(r io.Reader) (*Invoices, error) {
	lines, err := newLineReader(r)
	if err != nil {
		return nil, err
	}
	invoices := &Invoices{lines: lines}
	invoices.ahead, invoices.err = lines.next()
	return invoices, nil
}

// Total returns -1: only reading the file to its end would tell.
func (i *Invoices) Total() int64 { return -1 }

// Close closes the file.
func (i *Invoices) Close() error { return i.file.Close() }

// Next returns the next invoice as an order.
func (i *Invoices) Next() (Event, error) {
	if errors.Is(i.err, io.EOF) {
		return Event{}, io.EOF
	}
	first := i.ahead
	d := &i.document
	d.items = d.items[:0]
	i.amount.SetInt64(0)
	for i.err == nil && i.ahead.invoice == first.invoice {
		if len(d.items) > maxRecord {
			i.err = fmt.Errorf("invoice %q makes an order of more than %d MiB", first.invoice, maxRecord>>20)
			break
		}
		i.addItem(i.ahead)
		i.ahead, i.err = i.lines.next()
	}
	if i.err != nil && !errors.Is(i.err, io.EOF) {
		return Event{}, fmt.Errorf("read invoices: %w", i.err)
	}

	customer := strings.TrimSuffix(first.customer, ".0")
	d.orderID, d.userID, d.currency = first.invoice, []byte(customer), "GBP"
	d.amount = i.amount.Append(d.amount[:0], 10)
	d.createdAt = appendDate(d.createdAt[:0], first.date)
	event := Event{OrderID: first.invoice, Value: d.appendTo(make([]byte, 0, len(d.items)+256))}
	if customer != "" {
		event.Key = d.userID
	}
	return event, nil
}

// addItem adds a row to the order's items, and to its amount if it has numbers.
// The amount has no bounds: one that does not fit the processor's integer must
// not come round as a small one.
func (i *Invoices) addItem(row line) {
	items := i.document.items
	if len(items) > 0 {
		items = append(items, ',')
	}
	items = appendItemUpToQuantity(items, row.stockCode, row.description)
	quantity, err := strconv.ParseInt(strings.TrimSpace(row.quantity), 10, 64)
	items = appendNumber(items, quantity, err == nil, row.quantity)
	unitPrice, ok := minorUnits(strings.TrimSpace(row.unitPrice))
	items = append(items, `,"unit_price":`...)
	items = appendNumber(items, unitPrice, ok, row.unitPrice)
	i.document.items = append(items, '}') //nolint:gocritic // items began as document.items

	if err == nil && ok {
		i.sum.SetInt64(unitPrice)
		i.amount.Add(&i.amount, i.sum.Mul(&i.sum, big.NewInt(quantity)))
	}
}

// appendNumber appends n if it is one, else the text that is none.
func appendNumber(dst []byte, n int64, ok bool, text string) []byte {
	if !ok {
		return appendString(dst, text)
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendDate appends a date in RFC 3339, or the text that is none. The second
// and third layout are how spreadsheets of the United States show a date.
func appendDate(dst []byte, text string) []byte {
	for _, layout := range [...]string{time.DateTime, "1/2/06 15:04", "1/2/2006 15:04"} {
		if date, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return date.AppendFormat(dst, `"2006-01-02T15:04:05Z"`)
		}
	}
	return appendString(dst, text)
}
