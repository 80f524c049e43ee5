// Package handlers is what happens to an order: decode, validate, persist. It
// knows messages and orders, but neither Kafka nor SQL.
package handlers
