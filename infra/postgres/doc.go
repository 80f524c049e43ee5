// Package postgres keeps orders in PostgreSQL: one schema for each consumer
// group, made by the migrations in this folder. A row is written in store.go.
package postgres
