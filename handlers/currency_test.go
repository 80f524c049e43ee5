package handlers_test

import (
	"testing"

	"orderflow/handlers"
)

func TestCurrency(t *testing.T) {
	t.Parallel()
	reason := func(quoted string) []string {
		return []string{"currency: must be a code of ISO 4217 such as EUR, is " + quoted}
	}
	judge(t, handlers.Validation, []edit{
		{"pound", `"EUR"`, `"GBP"`, nil},
		{"yen, which has no minor unit", `"EUR"`, `"JPY"`, nil},
		{"unknown", `"EUR"`, `"EUX"`, reason(`"EUX"`)},
		{"lower case", `"EUR"`, `"eur"`, reason(`"eur"`)},
		{"empty", `"EUR"`, `""`, reason(`""`)},
		{"a number of ISO 4217", `"EUR"`, `"978"`, reason(`"978"`)},
		{"blanks", `"EUR"`, `" EUR"`, reason(`" EUR"`)},
		{"a sign", `"EUR"`, `"€"`, reason(`"€"`)},
		{"withdrawn", `"EUR"`, `"DEM"`, reason(`"DEM"`)},
	})
}

func TestCurrencyMustBeAString(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"missing", `"currency":"EUR",`, ``, []string{"currency: must be a string, is missing"}},
		{"a number", `"EUR"`, `978`, []string{"currency: must be a string, is a number"}},
	})
}
