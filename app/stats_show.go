package main

import (
	"fmt"
	"io"
	"math/big"
	"strconv"

	"github.com/bojanz/currency"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"orderflow/infra/postgres"
)

// showStats writes the sums for people.
func showStats(w io.Writer, stats postgres.Stats) error {
	_, err := fmt.Fprintf(w, "%d orders of %d users, with %d different items\n", stats.Orders, stats.Users, stats.Items)
	if err != nil || stats.Orders == 0 {
		return err
	}
	revenue := newSumsTable("Revenue", "currency", "orders", "revenue")
	for _, r := range stats.Revenue {
		revenue.AppendRow(table.Row{r.Currency, r.Orders, money(r.Revenue, r.Currency)})
	}
	days := newSumsTable("Revenue per day (UTC)", "day", "currency", "orders", "revenue")
	for _, r := range stats.Days {
		days.AppendRow(table.Row{r.Day, r.Currency, r.Orders, money(r.Revenue, r.Currency)})
	}
	for _, t := range []table.Writer{
		revenue, ranking("Top items", "sku", stats.TopItems), ranking("Top users", "user", stats.TopUsers), days,
	} {
		if _, err := fmt.Fprintln(w, t.Render()); err != nil {
			return err
		}
	}
	return nil
}

func ranking(title, of string, ranks []postgres.Rank) table.Writer {
	t := newSumsTable(title, of, "currency", "orders", "quantity", "revenue")
	for _, r := range ranks {
		t.AppendRow(table.Row{legible(r.Of), r.Currency, r.Orders, r.Quantity, money(big.NewInt(r.Revenue), r.Currency)})
	}
	return t
}

// newSumsTable returns a table with a title whose numbers are aligned.
func newSumsTable(title string, columns ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // go-pretty's is capitals
	t.SetTitle(title)
	t.AppendHeader(columns)
	var numbers []table.ColumnConfig
	for _, name := range []string{"orders", "quantity", "revenue"} {
		numbers = append(numbers, table.ColumnConfig{Name: name, Align: text.AlignRight})
	}
	t.SetColumnConfigs(numbers)
	return t
}

// legible is an identifier as a table has room for it. A sku may be as long as a
// record, and hold what a terminal obeys.
func legible(id string) string {
	const width = 40
	if quoted := strconv.Quote(id); quoted != `"`+id+`"` {
		id = quoted
	}
	return text.Trim(id, width)
}

// money writes an amount of minor units as people do: 4731653 GBP is 47,316.53.
func money(minor *big.Int, code string) string {
	amount, err := currency.NewAmountFromBigInt(minor, code)
	if err != nil { // a currency that this version of the library does not know
		return minor.String() + " minor units"
	}
	formatter := currency.NewFormatter(currency.NewLocale("en"))
	formatter.CurrencyDisplay = currency.DisplayNone
	return formatter.Format(amount)
}
