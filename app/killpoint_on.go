//go:build killpoints

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"orderflow/handlers"
)

// The places where a process of this build kills itself, by
// ORDERFLOW_KILL_AT=PLACE:N when it comes there for the N-th time.
const (
	beforeSave     = "before-save"      // delivered, and committed if that comes first, but not written
	beforeSaveHeld = "before-save-held" // likewise, after time for every timer to go off
	afterSave      = "after-save"       // written, but not acked
)

// hold is how long before-save-held waits.
const hold = time.Second

// deadlyStore is a store that is the end of its process.
type deadlyStore struct {
	handlers.Store
	place string
	at    int64
	saves atomic.Int64
}

func deadly(store handlers.Store) handlers.Store {
	armed := os.Getenv("ORDERFLOW_KILL_AT")
	if armed == "" {
		return store
	}
	place, number, _ := strings.Cut(armed, ":")
	at, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("ORDERFLOW_KILL_AT=%s: %v", armed, err))
	}
	return &deadlyStore{Store: store, place: place, at: at}
}

func (s *deadlyStore) Save(ctx context.Context, order handlers.Order, source handlers.Source) (handlers.Outcome, error) {
	mine := s.saves.Add(1) == s.at
	if mine && s.place == beforeSaveHeld {
		time.Sleep(hold)
	}
	if mine && s.place != afterSave {
		die()
	}
	outcome, err := s.Store.Save(ctx, order, source)
	if mine {
		die()
	}
	return outcome, err
}

// SaveAll dies when the order is among them for whom Save would.
func (s *deadlyStore) SaveAll(ctx context.Context, orders []handlers.Placement) {
	last := s.saves.Add(int64(len(orders)))
	mine := last-int64(len(orders)) < s.at && s.at <= last
	if mine && s.place == beforeSaveHeld {
		time.Sleep(hold)
	}
	if mine && s.place != afterSave {
		die()
	}
	s.Store.(handlers.BatchStore).SaveAll(ctx, orders) //nolint:forcetypeassert // who calls it has asked
	if mine {
		die()
	}
}

// die ends the process as kill -9 does.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
