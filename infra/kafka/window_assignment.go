package kafka

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// assignment is the partitions of a topic that are ours. The zero value is empty
// and ready; it is safe for concurrent use.
type assignment struct {
	mu      sync.Mutex
	held    map[int32]*partition
	refused bool
}

// hold makes the partition and notes that it is ours, unless refuse was called.
func (a *assignment) hold(number int32, newPartition func() *partition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refused {
		return
	}
	if a.held == nil {
		a.held = map[int32]*partition{}
	}
	a.held[number] = newPartition()
}

// refuse lets no more partitions be held: nobody would drain them.
func (a *assignment) refuse() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = true
}

func (a *assignment) letGo(partitions []*partition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range partitions {
		if a.held[p.number] == p {
			delete(a.held, p.number)
		}
	}
}

// of returns the partition of this number, nil if it is not ours (any longer).
func (a *assignment) of(number int32) *partition {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held[number]
}

// those returns the partitions of these numbers that are ours.
func (a *assignment) those(numbers []int32) []*partition {
	var partitions []*partition
	for _, number := range numbers {
		if p := a.of(number); p != nil {
			partitions = append(partitions, p)
		}
	}
	return partitions
}

// numbers returns those of all partitions that are ours, in order.
func (a *assignment) numbers() []int32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.held))
}

func (a *assignment) all() []*partition { return a.those(a.numbers()) }

// anyHungry reports whether more ought to be fetched: also while nothing is ours,
// for errors come that way.
func (a *assignment) anyHungry() bool {
	all := a.all()
	return len(all) == 0 || slices.ContainsFunc(all, (*partition).hungry)
}

// drainAll drains partitions, all at once.
func drainAll(partitions []*partition, timeout time.Duration) {
	var draining sync.WaitGroup
	for _, p := range partitions {
		draining.Go(func() { p.drain(timeout) })
	}
	draining.Wait()
}
