package orderstest

import (
	"pgregory.net/rapid"

	"orderflow/handlers"
)

// Corruption is a record that held a valid order until one thing in it changed.
type Corruption struct {
	// Name says what changed.
	Name string
	// Path is that of one of the violations.
	Path string
	// Class is what handlers.ClassOf says of the error: Decode or Validation.
	Class handlers.Class
	// Key is the record's key, nil if it has none.
	Key []byte
	// Value is the record's value, nil for a tombstone.
	Value []byte
}

// Corrupted draws a valid order and corrupts it in one of many ways.
func Corrupted() *rapid.Generator[Corruption] {
	return rapid.Custom(func(t *rapid.T) Corruption {
		return corrupt(ValidOrder().Draw(t, "order"), rapid.SampledFrom(corruptions).Draw(t, "corruption"))
	})
}

// EveryCorruption returns one record for each way to corrupt the order, which
// must be valid.
func EveryCorruption(order handlers.Order) []Corruption {
	records := make([]Corruption, len(corruptions))
	for i, c := range corruptions {
		records[i] = corrupt(order, c)
	}
	return records
}

func corrupt(order handlers.Order, c corruption) Corruption {
	record := Corruption{
		Name:  c.name,
		Path:  c.path,
		Class: c.class,
		Key:   []byte(order.UserID),
		Value: Encode(order),
	}
	c.apply(&record)
	return record
}

// corruption is one way to make a valid record invalid.
type corruption struct {
	name  string
	path  string
	class handlers.Class
	apply func(*Corruption)
}

// String is what rapid shows when a test fails.
func (c corruption) String() string { return c.name }
