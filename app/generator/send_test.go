package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/app/ledger"
	"orderflow/handlers"
)

// recorder is a message.Publisher that keeps what it publishes, after a random
// while in which other lanes run.
type recorder struct {
	// refuse, if not nil, says which messages fail.
	refuse func(*message.Message) error

	mu        sync.Mutex
	published []*message.Message
	underway  map[string]bool
	overlap   bool // two messages of a key were under way at once
}

func (r *recorder) Publish(_ string, messages ...*message.Message) error {
	for _, msg := range messages {
		key, hasKey := msg.Metadata[handlers.KeyMetadata]
		r.mark(key, hasKey, true)
		for range rand.IntN(5) {
			runtime.Gosched()
		}
		r.mark(key, hasKey, false)
		if r.refuse != nil {
			if err := r.refuse(msg); err != nil {
				return err
			}
		}
		r.mu.Lock()
		r.published = append(r.published, msg)
		r.mu.Unlock()
	}
	return nil
}

func (r *recorder) mark(key string, hasKey, underway bool) {
	if !hasKey {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.underway == nil {
		r.underway = map[string]bool{}
	}
	r.overlap = r.overlap || underway && r.underway[key]
	r.underway[key] = underway
}

func (r *recorder) Close() error { return nil }

// events is a Source of what is in it, and of err when that is at its end.
type events struct {
	rest []Event
	err  error
}

func (e *events) Next() (Event, error) {
	if len(e.rest) == 0 {
		return Event{}, e.err
	}
	next := e.rest[0]
	e.rest = e.rest[1:]
	return next, nil
}

func (e *events) Total() int64 { return -1 }
func (e *events) Close() error { return nil }

// numbered returns n events whose ids are 0, 1, .. and whose keys are drawn.
func numbered(t *rapid.T) []Event {
	keys := rapid.SliceOfN(rapid.SampledFrom([][]byte{nil, {}, []byte("a"), []byte("b"), {0xff}}), 0, 200).Draw(t, "keys")
	list := make([]Event, len(keys))
	for i, key := range keys {
		list[i] = Event{OrderID: fmt.Sprint(i), Key: key, Value: fmt.Append(nil, i)}
	}
	return list
}

// The law: each key's orders are published in the order of the source, one after
// the other, and the ledger counts them so.
func TestTheOrderOfAKeyIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, fmt.Sprint(rand.Uint64()))
		book, err := ledger.Create(path, ledger.Header{Topic: "orders"})
		require.NoError(t, err)
		list, publisher := numbered(t), &recorder{}
		sender := Sender{Publisher: publisher, Topic: "orders", Lanes: rapid.IntRange(1, 8).Draw(t, "lanes"), Ledger: book}
		result, err := sender.Send(context.Background(), &events{rest: list, err: io.EOF})
		require.NoError(t, err)
		require.NoError(t, book.Close())
		require.EqualValues(t, len(list), result.Sent)
		require.False(t, publisher.overlap)

		want, got, recorded := map[string][]string{}, map[string][]string{}, map[string][]string{}
		for _, event := range list {
			if event.Key != nil {
				want[string(event.Key)] = append(want[string(event.Key)], event.OrderID)
			}
		}
		for _, msg := range publisher.published {
			if key := handlers.KeyOf(msg); key != nil {
				got[string(key)] = append(got[string(key)], msg.UUID)
			}
		}
		for _, entry := range entries(t, path) {
			if entry.Outcome == ledger.Sending && entry.Key != nil {
				recorded[string(entry.Key)] = append(recorded[string(entry.Key)], entry.OrderID)
				require.EqualValues(t, len(recorded[string(entry.Key)]), entry.KeySeq)
			}
		}
		require.Equal(t, want, got)
		require.Equal(t, want, recorded)
	})
}

func entries(t require.TestingT, path string) (list []ledger.Entry) {
	r, err := ledger.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		list = append(list, entry)
	}
}

func TestAMessageIsTheRecord(t *testing.T) {
	t.Parallel()
	publisher := &recorder{}
	_, err := Sender{Publisher: publisher, Topic: "orders", Lanes: 1}.Send(t.Context(), &events{err: io.EOF, rest: []Event{
		{OrderID: "a", Key: []byte("u\xff"), Value: []byte("value")},
		{Key: []byte{}, Value: []byte{}},
		{},
	}})
	require.NoError(t, err)
	require.Len(t, publisher.published, 3)
	order, empty, tombstone := publisher.published[0], publisher.published[1], publisher.published[2]
	require.Equal(t, "a", order.UUID)
	require.Equal(t, "value", string(order.Payload))
	require.Equal(t, message.Metadata{handlers.KeyMetadata: "u\xff"}, order.Metadata)
	require.NotEmpty(t, empty.UUID)
	require.NotNil(t, empty.Payload)
	require.Equal(t, message.Metadata{handlers.KeyMetadata: ""}, empty.Metadata)
	require.Nil(t, tombstone.Payload)
	require.Empty(t, tombstone.Metadata)
}

func TestTheReceiptReachesLedgerAndCallback(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run.ledger")
	book, err := ledger.Create(path, ledger.Header{Topic: "orders"})
	require.NoError(t, err)
	var sent []Sent
	valid := take(t, synthetic(t, SyntheticConfig{Seed: 1}), 1)[0]
	unknown := Event{OrderID: "lost", Value: []byte("{")}
	_, err = Sender{
		Publisher: &recorder{}, Topic: "orders", Lanes: 1, Ledger: book,
		Receipt: func(msg *message.Message) func() (int32, int64, bool) {
			return func() (int32, int64, bool) { return 2, 17, msg.UUID != "lost" }
		},
		OnSent: func(s Sent) { sent = append(sent, s) },
	}.Send(t.Context(), &events{rest: []Event{valid, unknown}, err: io.EOF})
	require.NoError(t, err)
	require.NoError(t, book.Close())
	require.Equal(t, []Sent{{Event: valid, Partition: 2, Offset: 17}, {Event: unknown, Partition: -1, Offset: -1}}, sent)

	lines := entries(t, path)
	require.Len(t, lines, 4)
	require.True(t, lines[0].Valid)
	require.Equal(t, ledger.Sent, lines[1].Outcome)
	require.EqualValues(t, 17, lines[1].Offset)
	require.False(t, lines[2].Valid)
	require.Contains(t, lines[2].Why, "JSON")
	require.EqualValues(t, -1, lines[3].Partition)
}

func TestAFailureEndsTheRunAndItsKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run.ledger")
	book, err := ledger.Create(path, ledger.Header{Topic: "orders"})
	require.NoError(t, err)
	broken := errors.New("message too large")
	publisher := &recorder{refuse: func(msg *message.Message) error {
		if msg.UUID == "bad" {
			return broken
		}
		return nil
	}}
	a := []byte("a")
	result, err := Sender{Publisher: publisher, Topic: "orders", Ledger: book}.Send(t.Context(), &events{
		rest: []Event{{OrderID: "good", Key: a}, {OrderID: "bad", Key: a}, {OrderID: "after", Key: a}}, err: io.EOF,
	})
	require.NoError(t, book.Close())
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, `send to topic orders: 1 orders failed, the first: order "bad": message too large`)
	require.EqualValues(t, 1, result.Sent)
	require.EqualValues(t, 1, result.Failed)
	require.Len(t, publisher.published, 1, "what follows in the key must not be sent")

	lines := entries(t, path)
	require.Equal(t, ledger.Failed, lines[3].Outcome)
	require.Contains(t, lines[3].Error, "message too large")
}

func TestASourceThatFailsEndsTheRun(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	result, err := Sender{Publisher: &recorder{}, Topic: "orders"}.Send(t.Context(), &events{rest: make([]Event, 3), err: broken})
	require.ErrorIs(t, err, broken)
	require.Zero(t, result.Failed)
}

func TestALedgerThatFailsEndsTheRun(t *testing.T) {
	t.Parallel()
	book, err := ledger.Create(filepath.Join(t.TempDir(), "run.ledger"), ledger.Header{Topic: "orders"})
	require.NoError(t, err)
	require.NoError(t, book.Close())
	publisher := &recorder{}
	_, err = Sender{Publisher: publisher, Topic: "orders", Ledger: book}.Send(t.Context(), &events{rest: make([]Event, 3), err: io.EOF})
	require.ErrorContains(t, err, "write ledger")
	require.Empty(t, publisher.published, "an order that is not on record must not be sent")
}

func TestCancellingFinishesWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	sending, release := make(chan struct{}), make(chan struct{})
	publisher := &recorder{refuse: func(msg *message.Message) error {
		close(sending)
		<-release
		return msg.Context().Err()
	}}
	go func() {
		<-sending
		cancel()
		close(release)
	}()
	a := []byte("a")
	result, err := Sender{Publisher: publisher, Topic: "orders"}.Send(ctx, &events{rest: []Event{{Key: a}, {Key: a}, {Key: a}}, err: io.EOF})
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, 1, result.Sent)
	require.Zero(t, result.Failed)
}

func TestTheRateIsKept(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]time.Duration{
		0:      0,
		0.5:    1998 * time.Second, // the first does not wait
		10:     99900 * time.Millisecond,
		10_000: 90 * time.Millisecond, // nor do the first 10 ms
	} {
		synctest.Test(t, func(t *testing.T) {
			result, err := Sender{Publisher: &recorder{}, Topic: "orders", Rate: rate}.Send(t.Context(), synthetic(t, SyntheticConfig{Count: 1000}))
			require.NoError(t, err)
			require.InDelta(t, want, result.Elapsed, float64(time.Millisecond), "%v orders/s", rate)
		})
	}
}

func TestADeadlineBeforeTheTurnIsNoEndOfTheOrders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		result, err := Sender{Publisher: &recorder{}, Topic: "orders", Rate: 0.1}.Send(ctx, &events{rest: make([]Event, 5), err: io.EOF})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualValues(t, 2, result.Sent)
	})
}

// BenchmarkSend is all that the generator itself costs: orders, ledger and lanes.
func BenchmarkSend(b *testing.B) {
	book, err := ledger.Create(filepath.Join(b.TempDir(), "run.ledger"), ledger.Header{Topic: "orders"})
	require.NoError(b, err)
	source, err := NewSynthetic(SyntheticConfig{Seed: 1, Count: int64(b.N), Users: 10_000})
	require.NoError(b, err)
	b.ResetTimer()
	result, err := Sender{Publisher: discard{}, Topic: "orders", Ledger: book}.Send(b.Context(), source)
	require.NoError(b, err)
	b.ReportMetric(float64(result.Sent)/b.Elapsed().Seconds(), "orders/s")
	require.NoError(b, book.Close())
}

type discard struct{}

func (discard) Publish(string, ...*message.Message) error { return nil }
func (discard) Close() error                              { return nil }
