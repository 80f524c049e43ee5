package handlers

import "github.com/go-json-experiment/json/jsontext"

// validate turns the document into an order and reports all that is wrong with
// it. A field of the wrong type is reported as such and judged no further.
func validate(r *report, version SchemaVersion, doc *document) Order {
	if !checkKind(r, whole, doc.found, jsontext.KindBeginObject) {
		return Order{}
	}
	var order Order
	order.ID = checkIdentifier(r, inOrder("order_id"), doc.orderID)
	order.UserID = checkIdentifier(r, inOrder("user_id"), doc.userID)
	order.Currency = checkCurrency(r, doc.currency)
	order.Channel = checkChannel(r, version, doc.channel)
	items, itemsValid := checkItems(r, &doc.items)
	order.Items = items
	order.Amount = checkAmount(r, doc.amount, items, itemsValid)
	order.CreatedAt = checkCreatedAt(r, doc.createdAt)
	return order
}

// checkKey compares the key of the record, nil if it has none, with the user_id,
// unless that one could not be read. Kafka keeps the orders of a key in order,
// not those of a user_id, so they must not differ in a single byte.
func checkKey(r *report, key []byte, user text) {
	at := inOrder("key")
	switch {
	case key == nil:
		r.addf(Validation, at, "must be the user_id, the record has none")
	case user.found == jsontext.KindString && string(key) != user.value:
		r.addf(Validation, at, "must be the user_id %s, is %s", quote(user.value), quote(string(key)))
	}
}
