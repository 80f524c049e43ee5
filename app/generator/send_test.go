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
// while in which other lanes run. It publishes to partition 2 and, as publishers of
// Watermill do, not what follows a message that fails.
type recorder struct {
	// refuse, if not nil, says which messages fail.
	refuse func(*message.Message) error
	// goOn has it publish what follows nevertheless, and each receipt say its own.
	goOn bool

	mu        sync.Mutex
	published []*message.Message
	underway  map[string]bool
	overlap   bool // two messages of a key were under way at once
}

func (r *recorder) Publish(_ string, messages ...*message.Message) (failure error) {
	for _, msg := range messages {
		key, hasKey := msg.Metadata[handlers.KeyMetadata]
		r.mark(key, hasKey, true)
		for range rand.IntN(5) {
			runtime.Gosched()
		}
		r.mark(key, hasKey, false)
		if r.refuse != nil {
			if err := r.refuse(msg); err != nil && r.goOn {
				failure = errors.New("1 of many")
				handlers.ReceiptOf(msg.Context()).Err = err
				continue
			} else if err != nil {
				return err
			}
		}
		r.keep(msg)
	}
	return failure
}

func (r *recorder) keep(msg *message.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*handlers.ReceiptOf(msg.Context()) = handlers.Receipt{Partition: 2, Offset: int64(len(r.published))}
	r.published = append(r.published, msg)
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
	broken := Event{OrderID: "broken", Value: []byte("{")}
	_, err = Sender{
		Publisher: &recorder{}, Topic: "orders", Lanes: 1, Ledger: book,
		OnSent: func(chunk []Sent) { sent = append(sent, chunk...) },
	}.Send(t.Context(), &events{rest: []Event{valid, broken}, err: io.EOF})
	require.NoError(t, err)
	require.NoError(t, book.Close())
	require.Equal(t, []Sent{{Event: valid, Partition: 2, Offset: 0}, {Event: broken, Partition: 2, Offset: 1}}, sent)

	outcomes := map[int64]ledger.Entry{}
	for _, entry := range entries(t, path) {
		switch {
		case entry.Outcome == ledger.Sent:
			outcomes[entry.N] = entry
		case entry.N == 1:
			require.True(t, entry.Valid)
		default:
			require.False(t, entry.Valid)
			require.Contains(t, entry.Why, "JSON")
		}
	}
	require.EqualValues(t, 0, outcomes[1].Offset)
	require.EqualValues(t, 1, outcomes[2].Offset)
	require.EqualValues(t, 2, outcomes[2].Partition)
}

// A publisher need not know where its messages go.
func TestWithoutReceiptsThePlacesAreNotKnown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run.ledger")
	book, err := ledger.Create(path, ledger.Header{Topic: "orders"})
	require.NoError(t, err)
	result, err := Sender{Publisher: discard{}, Topic: "orders", Ledger: book}.Send(t.Context(), &events{rest: make([]Event, 1), err: io.EOF})
	require.NoError(t, err)
	require.NoError(t, book.Close())
	require.EqualValues(t, 1, result.Sent)
	lines := entries(t, path)
	require.Equal(t, ledger.Sent, lines[1].Outcome)
	require.EqualValues(t, -1, lines[1].Partition)
	require.EqualValues(t, -1, lines[1].Offset)
}

var errTooLarge = errors.New("message too large")

func refuseBad(msg *message.Message) error {
	if msg.UUID == "bad" {
		return errTooLarge
	}
	return nil
}

func TestAFailureEndsTheRunAndItsKey(t *testing.T) {
	t.Parallel()
	a := []byte("a")
	list := []Event{{OrderID: "good", Key: a}, {OrderID: "bad", Key: a}}
	for range 3 * laneQueue {
		list = append(list, Event{OrderID: "after", Key: a})
	}
	for _, goesOn := range []bool{false, true} {
		t.Run(fmt.Sprint(goesOn), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "run.ledger")
			book, err := ledger.Create(path, ledger.Header{Topic: "orders"})
			require.NoError(t, err)
			publisher := &recorder{refuse: refuseBad, goOn: goesOn}
			result, err := Sender{Publisher: publisher, Topic: "orders", Ledger: book}.Send(t.Context(), &events{rest: list, err: io.EOF})
			require.NoError(t, book.Close())
			require.ErrorIs(t, err, errTooLarge)
			require.ErrorContains(t, err, `orders failed, the first: order "bad": message too large`)
			require.EqualValues(t, len(publisher.published), result.Sent)
			require.LessOrEqual(t, len(publisher.published), 2*laneQueue, "what is not in its chunk must not be sent")
			if goesOn {
				require.EqualValues(t, 1, result.Failed, "those that are sent with it are reported for themselves")
			} else {
				require.Len(t, publisher.published, 1)
			}

			outcomes := map[ledger.Outcome]int64{}
			for _, entry := range entries(t, path) {
				outcomes[entry.Outcome]++
				if entry.Outcome == ledger.Failed {
					require.Contains(t, entry.Error, "message too large")
				}
			}
			require.Equal(t, result.Sent, outcomes[ledger.Sent])
			require.Equal(t, result.Failed, outcomes[ledger.Failed])
			require.Equal(t, result.Sent+result.Failed, outcomes[ledger.Sending])
		})
	}
}

// What waits while a chunk is on its way is the next chunk: of a user, too.
func TestOrdersThatWaitAreSentTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		publisher := &slow{}
		result, err := Sender{Publisher: publisher, Topic: "orders"}.Send(t.Context(), synthetic(t, SyntheticConfig{Count: 4 * laneQueue, Users: 1}))
		require.NoError(t, err)
		require.EqualValues(t, 4*laneQueue, result.Sent)
		require.Equal(t, laneQueue, publisher.chunks[1])

		publisher.chunks = nil
		_, err = Sender{Publisher: publisher, Topic: "orders", Rate: 1}.Send(t.Context(), synthetic(t, SyntheticConfig{Count: 3, Users: 1}))
		require.NoError(t, err)
		require.Equal(t, []int{1, 1, 1}, publisher.chunks, "one by one")
	})
}

// slow is a message.Publisher that takes its time, whatever it is given.
type slow struct{ chunks []int }

func (s *slow) Publish(_ string, messages ...*message.Message) error {
	s.chunks = append(s.chunks, len(messages))
	time.Sleep(10 * time.Millisecond)
	return nil
}

func (s *slow) Close() error { return nil }

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
	cancelled := sync.OnceFunc(cancel)
	publisher := &recorder{refuse: func(msg *message.Message) error {
		cancelled()
		return msg.Context().Err()
	}}
	endless := synthetic(t, SyntheticConfig{Users: 1})
	result, err := Sender{Publisher: publisher, Topic: "orders"}.Send(ctx, endless)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, len(publisher.published), result.Sent)
	require.NotZero(t, result.Sent)
	require.LessOrEqual(t, result.Sent, int64(laneQueue+1))
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
