package messages

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// subscription is one call of Subscribe.
type subscription struct {
	config   SubscriberConfig
	topic    string
	inner    *wmsql.Subscriber
	messages chan *message.Message
	source   atomic.Pointer[handlers.Source] // of the message that watermill-sql delivers now

	stopping context.Context // done when no more messages shall be taken
	draining context.Context // done when what is in flight need not be finished any longer
	life     context.Context // done when even the commit has had its time
	end      context.CancelFunc
}

func newSubscription(ctx context.Context, s *Subscriber, topic string) *subscription {
	stopping, stop := context.WithCancel(ctx)
	unregister := context.AfterFunc(s.stopping, stop)
	draining, endDrain := lasting(ctx, stopping, s.config.DrainTimeout)
	life, endLife := lasting(ctx, stopping, s.config.DrainTimeout+afterDrain)
	return &subscription{
		config: s.config, topic: topic, messages: make(chan *message.Message),
		stopping: stopping, draining: draining, life: life,
		end: func() {
			unregister()
			stop()
			endDrain()
			endLife()
		},
	}
}

// lasting returns a context with the values of ctx that outlives end by grace.
func lasting(ctx, end context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unregister := context.AfterFunc(end, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() {
		unregister()
		cancel()
	}
}

// run hands the messages on until the subscription shall stop, and then lets
// watermill-sql commit what was acked.
func (s *subscription) run(received <-chan *message.Message) {
	defer s.end()
	defer close(s.messages)
	for {
		select {
		case msg := <-received:
			if !s.deliver(msg, received) {
				_ = s.inner.Close() // it returns no error
				return
			}
		case <-s.stopping.Done():
			_ = s.inner.Close()
			return
		}
	}
}

// deliver hands a message out and returns when watermill-sql has taken note of
// what became of it. It returns false when the subscription shall stop.
func (s *subscription) deliver(msg *message.Message, received <-chan *message.Message) bool {
	noted := msg.Context() // watermill-sql ends it when it has seen the ack
	ctx, cancel := context.WithCancel(handlers.WithSource(noted, *s.source.Load()))
	defer cancel()
	msg.SetContext(ctx)
	select {
	case s.messages <- msg:
	case <-s.stopping.Done():
		return false
	}
	signs := time.NewTicker(max(s.config.SessionTimeout/3, time.Millisecond))
	defer signs.Stop()
	lost := false
	for {
		select {
		case <-msg.Acked():
			<-noted.Done()
			return true
		case <-msg.Nacked():
			return !lost || s.skip(received)
		case <-signs.C:
			if err := signOfLife(noted); err != nil && !lost && noted.Err() == nil {
				lost = true
				cancel()
				s.config.Logger.Warn("lost the turn: another member will handle this message",
					slog.String("group", s.config.Group), slog.String("record", s.source.Load().String()), slog.Any("error", err))
			}
		case <-s.draining.Done():
			return false
		}
	}
}

// signOfLife keeps the session from being ended while a message is being handled.
// Without an answer the turn is over, and its transaction too: nothing of it can
// be committed.
func signOfLife(ctx context.Context) error {
	tx, _ := wmsql.TxFromContext(ctx)
	if _, err := tx.ExecContext(ctx, stillThere); err != nil {
		_ = tx.Rollback()
		return fmt.Errorf("keep the session alive: %w", err)
	}
	return nil
}

// skip lets watermill-sql, which sends a nacked message again from memory, find
// out that its transaction is over: it reads again what is to be delivered.
func (s *subscription) skip(received <-chan *message.Message) bool {
	select {
	case again := <-received:
		noted := again.Context()
		again.Ack()
		<-noted.Done()
		return true
	case <-s.stopping.Done():
		return false
	}
}

// noting is the adapter of the offsets, which sees every row before its message
// is delivered.
type noting struct {
	wmsql.DefaultPostgreSQLOffsetsAdapter
	subscription *subscription
}

// BeforeSubscribingQueries returns none: register has written the position, since
// a turn would wait for messages.
func (noting) BeforeSubscribingQueries(string, string) []wmsql.Query { return nil }

// stillThere fails when the session has been ended.
const stillThere = `SELECT`

// ConsumedMessageQuery takes note of the row. The query, before each message of
// a batch, fails when the turn is over.
func (n noting) ConsumedMessageQuery(topic string, row wmsql.Row, _ string, _ []byte) wmsql.Query {
	timestamp, _ := row.ExtraData[createdAt].(time.Time)
	n.subscription.source.Store(&handlers.Source{Topic: topic, Offset: row.Offset, Timestamp: timestamp})
	return wmsql.Query{Query: stillThere}
}
