package handlers

import "time"

// Order is one order as it is stored: the fields of the JSON document that the
// pipeline knows. Fields it does not know are not kept.
type Order struct {
	// ID identifies the order: 1 to 64 characters. It decides what is a duplicate.
	ID string `json:"order_id"`
	// UserID is who ordered, 1 to 64 characters, and the key of the Kafka record,
	// so that the orders of one user stay in order.
	UserID string `json:"user_id"`
	// Currency is a code of ISO 4217, such as EUR.
	Currency string `json:"currency"`
	// Channel is web, app or store, empty for an order of version 1.
	Channel string `json:"channel,omitempty"`
	// Amount is the sum of quantity x unit price of all items, in the currency's
	// minor unit (cents), greater than 0.
	Amount int64 `json:"amount"`
	// Items are the lines of the order, 1 to 1000.
	Items []Item `json:"items"`
	// CreatedAt is the instant of the order, of the years 1970 to 2200 in UTC.
	CreatedAt time.Time `json:"created_at"`
}

// Item is one line of an order.
type Item struct {
	SKU  string `json:"sku"`
	Name string `json:"name"`
	// Quantity is 1 to 1,000,000.
	Quantity int64 `json:"quantity"`
	// UnitPrice is in the currency's minor unit, 0 or more.
	UnitPrice int64 `json:"unit_price"`
}
