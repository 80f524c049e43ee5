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

// currencies are ISO 4217's active codes, in capitals.
var currencies = func() map[string]string {
	codes := map[string]string{}
	for _, code := range currency.GetCurrencyCodes() {
		codes[code] = code
	}
	return codes
}()

// isCurrency reports whether code is a code of ISO 4217.
func isCurrency(code string) bool {
	_, ok := currencies[code]
	return ok
}

// currencyOf returns the text without memory of its own if it is a currency.
func currencyOf(content []byte) string {
	if code, ok := currencies[string(content)]; ok {
		return code
	}
	return string(content)
}
