package handlers

import (
	"github.com/bojanz/currency"
	"github.com/go-json-experiment/json/jsontext"
)

func checkCurrency(r *report, field text) string {
	at := inOrder("currency")
	if checkKind(r, at, field.found, jsontext.KindString) && !isCurrency(field.value) {
		r.addf(Validation, at, "must be a code of ISO 4217 such as EUR, is %s", quote(field.value))
	}
	return field.value
}

// isCurrency reports whether code is one of ISO 4217's active codes, in capitals.
// The library also takes the empty string, for amounts without a currency.
func isCurrency(code string) bool {
	return code != "" && currency.IsValid(code)
}
