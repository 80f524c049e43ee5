// Package memory carries messages within a process, for tests and examples:
// Watermill's GoChannel, one for each topic, with what it lacks. Nothing is kept:
// what is published without a subscription is gone, and what is not handled when
// the process ends, too.
package memory
