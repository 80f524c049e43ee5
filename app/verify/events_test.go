package verify_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/verify"
	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// Each scenario is events that are as they should be or not, of the orders a, b and c
// of user u1, which have their rows.
func TestEventsAgainstRows(t *testing.T) {
	t.Parallel()
	changed := func(event handlers.Accepted) handlers.Accepted { event.Amount++; return event }
	another := func(event handlers.Accepted) handlers.Accepted { event.EventID = "another"; return event }
	for name, test := range map[string]struct {
		events func(a, b, c handlers.Accepted) []handlers.Accepted
		want   verify.Events
		broken []string
	}{
		"all": {
			func(a, b, c handlers.Accepted) []handlers.Accepted { return []handlers.Accepted{a, b, c} },
			verify.Events{Rows: 3, Published: 3}, nil,
		},
		"some again, as after a crash": {
			func(a, b, c handlers.Accepted) []handlers.Accepted { return []handlers.Accepted{a, b, a, b, c} },
			verify.Events{Rows: 3, Published: 5, Repeated: 2}, nil,
		},
		"one is missing": {
			func(a, _, c handlers.Accepted) []handlers.Accepted { return []handlers.Accepted{a, c} },
			verify.Events{Rows: 3, Published: 2, Unannounced: 1},
			[]string{"rows without an event: 1"},
		},
		"one has other content": {
			func(a, b, c handlers.Accepted) []handlers.Accepted { return []handlers.Accepted{a, changed(b), c} },
			verify.Events{Rows: 3, Published: 3, Unannounced: 1, Phantom: 1},
			[]string{"rows without an event: 1", "events without a row: 1"},
		},
		"one is under another id the second time": {
			func(a, b, c handlers.Accepted) []handlers.Accepted {
				return []handlers.Accepted{a, b, another(a), c}
			},
			verify.Events{Rows: 3, Published: 4, Repeated: 1, OtherID: 1},
			[]string{"events under another id: 1"},
		},
		"one comes too late": {
			func(a, b, c handlers.Accepted) []handlers.Accepted { return []handlers.Accepted{a, c, b} },
			verify.Events{Rows: 3, Published: 3, OutOfOrder: 1},
			[]string{"events out of order within their user: 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, postgres.InsertOnce)
			orders := []sent{w.valid("u1", "a"), w.valid("u1", "b"), w.valid("u1", "c")}
			w.save(orders...)
			var made [3]handlers.Accepted
			for i, order := range orders {
				made[i] = handlers.Announce(w.group, order.order, order.source())
			}
			report := w.withEvents(test.events(made[0], made[1], made[2]))
			require.Equal(t, test.want, *report.Events)
			require.Equal(t, test.broken, report.Broken(true, true))
		})
	}
}

// What is no event at all is one without a row.
func TestARecordThatIsNoEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	topic := servertest.Topic(t, 1)
	servertest.Produce(t, topic, &kgo.Record{Value: []byte("{")})
	in := w.input()
	in.EventsTopic = topic
	report, err := verify.Run(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, verify.Events{Published: 1, Phantom: 1}, *report.Events)
}

func TestNoTopicOfEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	in := w.input()
	in.EventsTopic = "no-such-topic"
	_, err := verify.Run(t.Context(), in)
	require.ErrorContains(t, err, "there is no topic no-such-topic: check --outbox-topic")
}

// withEvents publishes events and verifies.
func (w *world) withEvents(events []handlers.Accepted) *verify.Report {
	w.t.Helper()
	in := w.input()
	in.EventsTopic = servertest.Topic(w.t, 1)
	for _, event := range events {
		value, err := json.Marshal(event)
		require.NoError(w.t, err)
		w.publish(&kgo.Record{Topic: in.EventsTopic, Value: value})
	}
	w.commit()
	report, err := verify.Run(w.t.Context(), in)
	require.NoError(w.t, err)
	return report
}
