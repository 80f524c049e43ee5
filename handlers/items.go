package handlers

import "github.com/go-json-experiment/json/jsontext"

const maxQuantity = 1_000_000

// checkItems returns the items of an order; valid is false if any is not.
func checkItems(r *report, field *items) (list []Item, valid bool) {
	before := len(r.violations)
	at := inOrder("items")
	if !checkKind(r, at, field.found, jsontext.KindBeginArray) {
		return nil, false
	}
	if field.count < 1 || field.count > maxItems {
		r.addf(Validation, at, "must be 1 to %d items, is %d", maxItems, field.count)
	}
	list = make([]Item, len(field.list))
	for i := range list {
		list[i] = checkItem(r, i, &field.list[i])
	}
	return list, len(r.violations) == before
}

func checkItem(r *report, index int, item *item) Item {
	if !checkKind(r, inItem(index, ""), item.found, jsontext.KindBeginObject) {
		return Item{}
	}
	return Item{
		SKU:       checkSKU(r, inItem(index, "sku"), item.sku),
		Name:      checkName(r, inItem(index, "name"), item.name),
		Quantity:  checkQuantity(r, inItem(index, "quantity"), item.quantity),
		UnitPrice: checkUnitPrice(r, inItem(index, "unit_price"), item.unitPrice),
	}
}

func checkSKU(r *report, at place, field text) string {
	if checkKind(r, at, field.found, jsontext.KindString) && field.value == "" {
		r.addf(Validation, at, "must be 1 character or more, is empty")
	}
	return field.value
}

// checkName returns the empty string for a name that is absent or null: shops
// list goods without a description.
func checkName(r *report, at place, field text) string {
	if field.found != jsontext.KindInvalid && field.found != jsontext.KindNull {
		checkKind(r, at, field.found, jsontext.KindString)
	}
	return field.value
}

func checkQuantity(r *report, at place, field integer) int64 {
	quantity, ok := checkInteger(r, at, field)
	if ok && (quantity < 1 || quantity > maxQuantity) {
		r.addf(Validation, at, "must be 1 to %d, is %d", maxQuantity, quantity)
	}
	return quantity
}

func checkUnitPrice(r *report, at place, field integer) int64 {
	price, ok := checkInteger(r, at, field)
	if ok && price < 0 {
		r.addf(Validation, at, "must be 0 or more, is %d", price)
	}
	return price
}
