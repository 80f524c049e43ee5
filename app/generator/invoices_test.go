package generator

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

// The golden file has a line for every order of invoices.csv: the processor's
// judgement, the key and the value.
func TestInvoicesBecomeOrders(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(filepath.Join("testdata", "invoices.golden"))
	require.NoError(t, err)
	require.Equal(t, string(want), judgeAll(t, filepath.Join("testdata", "invoices.csv")))
}

func judgeAll(t *testing.T, path string) string {
	t.Helper()
	source, err := Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, source.Close()) }()
	require.EqualValues(t, -1, source.Total())

	var lines strings.Builder
	for {
		event, err := source.Next()
		if errors.Is(err, io.EOF) {
			return lines.String()
		}
		require.NoError(t, err)
		judgement, key := "accepted", "no key"
		if _, err := handlers.Check(event.Key, event.Value); err != nil {
			judgement = "refused"
		}
		if event.Key != nil {
			key = string(event.Key)
		}
		lines.WriteString(judgement + "\t" + key + "\t" + string(event.Value) + "\n")
	}
}

const invoiceHeader = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n"

// endless repeats a text for ever.
type endless struct {
	text string
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest = e.text
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestInvoicesAreReadAsTheyCome(t *testing.T) {
	t.Parallel()
	rows := &endless{text: "1,A,LAMP,1,2011-03-04 09:15:00,1.25,7\n2,A,LAMP,1,2011-03-04 09:15:00,1.25,7\n"}
	invoices, err := newInvoices(io.MultiReader(strings.NewReader(invoiceHeader), rows))
	require.NoError(t, err)
	for range 1000 {
		event, err := invoices.Next()
		require.NoError(t, err)
		_, err = handlers.Check(event.Key, event.Value)
		require.NoError(t, err)
	}
}

func TestInvoicesStopBeforeTheyFillTheMemory(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ start, repeat, want string }{
		"a quote is never closed": {`1,A,"LAMP`, ",1,2011-03-04 09:15:00,1.25,7\n", "is a quote never closed?"},
		"one invoice":             {"", "1,A,LAMP,1,2011-03-04 09:15:00,1.25,7\n", `invoice "1" makes an order of more than 16 MiB`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			invoices, err := newInvoices(io.MultiReader(strings.NewReader(invoiceHeader+test.start), &endless{text: test.repeat}))
			require.NoError(t, err)
			for range 2 { // the error stays
				_, err = invoices.Next()
				require.ErrorContains(t, err, test.want)
			}
		})
	}
}

func TestAnInvoiceThatCannotBeReadToItsEndIsNotSent(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	row := "1,A,LAMP,1,2011-03-04 09:15:00,1.25,7\n"
	invoices, err := newInvoices(io.MultiReader(strings.NewReader(invoiceHeader+row), failingReader{broken}))
	require.NoError(t, err)
	_, err = invoices.Next()
	require.ErrorIs(t, err, broken)
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

func TestOpenInvoicesChecksTheHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"empty":      {"", "the file is empty; its first line must name the columns InvoiceNo, StockCode"},
		"missing":    {"InvoiceNo,Price,StockCode,Description,Quantity,InvoiceDate\n", "no column UnitPrice, CustomerID; needed are the columns InvoiceNo,"},
		"wrong case": {strings.ToLower(invoiceHeader), "no column InvoiceNo"},
		"semicolons": {strings.ReplaceAll(invoiceHeader, ",", ";"), `the first line has ["InvoiceNo;StockCode;`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "orders.csv")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			_, err := OpenInvoices(path)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, path)
		})
	}
}

func TestAHeaderAloneHasNoOrders(t *testing.T) {
	t.Parallel()
	invoices, err := newInvoices(strings.NewReader(invoiceHeader))
	require.NoError(t, err)
	_, err = invoices.Next()
	require.ErrorIs(t, err, io.EOF)
}
