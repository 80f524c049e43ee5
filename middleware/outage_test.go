package middleware_test

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestOneMessageProbesAndTheOthersWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		prober := db.begin(t.Context(), "prober")
		var waiting []<-chan error
		for i := range 20 {
			waiting = append(waiting, db.begin(t.Context(), strconv.Itoa(i)))
		}
		time.Sleep(longEnough)
		require.Greater(t, db.called()["prober"], 5)
		require.Len(t, db.called(), 1, "only the prober is handled")

		db.set(false)
		require.NoError(t, <-prober)
		for i, result := range waiting {
			require.NoError(t, <-result)
			require.Equal(t, 1, db.called()[strconv.Itoa(i)])
		}
		requireOutages(t, db, 1)
	})
}

func TestMessagesInFlightWhenTheOutageBeginsWaitToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		slow := make(chan struct{})
		db.handle = db.behindOutage(func(msg *message.Message) ([]*message.Message, error) {
			<-slow
			return db.call(msg)
		})
		db.set(true)
		var results []<-chan error
		for i := range 5 {
			results = append(results, db.begin(t.Context(), strconv.Itoa(i)))
		}
		close(slow) // all five fail
		time.Sleep(longEnough)
		probers := 0
		for _, calls := range db.called() {
			if calls > 1 {
				probers++
			}
		}
		require.Equal(t, 1, probers)

		db.set(false)
		for _, result := range results {
			require.NoError(t, <-result)
		}
		requireOutages(t, db, 1)
	})
}

func TestOutageBeginsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		for range 3 {
			db.set(true)
			prober := db.begin(t.Context(), "prober")
			other := db.begin(t.Context(), "other")
			db.set(false)
			require.NoError(t, <-prober)
			require.NoError(t, <-other)
		}
		requireOutages(t, db, 3)
	})
}

func TestProberThatFailsOtherwiseEndsTheOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		prober := db.begin(t.Context(), "prober")
		conflict := handlers.Fail(handlers.Conflict, errors.New("taken"))
		db.answerWith(func(*message.Message) error { return conflict })
		require.Equal(t, conflict, <-prober)
		requireOutages(t, db, 1)
	})
}
