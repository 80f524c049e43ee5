// Package bench measures orderflow side by side with a hand-written loop and with
// plain Watermill: the same orders, the same servers, the same columns, in one run.
//
// A contestant's turn is a process of its own with a consumer group of its own, so
// that memory and CPU time are its own and its table begins empty. First it takes
// all orders of a topic that is there already, as fast as it can: rate, memory, CPU
// time, allocations. Then it takes orders that come at a steady pace: latency. All
// contestants have a turn in each round, and what is reported is the median of the
// rounds: run.go, turn.go, throughput.go, latency.go.
package bench
