package handlers

import "context"

// carrying is context.WithValue for a T, in one allocation instead of two. Its value is
// a *T, under the key carried[T]{}.
type carrying[T any] struct {
	context.Context

	value T
}

type carried[T any] struct{}

func (c *carrying[T]) Value(key any) any {
	if key == (carried[T]{}) {
		return &c.value
	}
	return c.Context.Value(key)
}
