package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

var source = handlers.Source{
	Topic: "orders", Partition: 2, Offset: 4711,
	Timestamp: time.Date(2026, 11, 23, 16, 4, 5, 123_999_999, time.FixedZone("", 3600)),
}

func TestDeadLetterIsTheRecordAndWhatIsKnownOfTheFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		deadLetter := onto(to)
		var told []any
		deadLetter.Published = func(source handlers.Source, class handlers.Class) { told = append(told, source, class) }
		handle := chain(failing(handlers.Fail(handlers.Conflict, errors.New("taken"))), layerOf(t, deadLetter), middleware.Attempts)

		_, err := handle(record(t, source))
		require.NoError(t, err, "published, so it may be acked")
		require.Equal(t, []string{"orders.dlq"}, to.topics)
		require.Equal(t, message.Payload("value \xff"), to.published[0].Payload)
		require.Equal(t, message.Metadata{
			handlers.KeyMetadata: "key \xff",
			"_record_headers":    "headers \xff",
			"reason_poisoned":    "taken",
			// Those are the router's; TestLayersInARouter has one.
			"topic_poisoned": "", "handler_poisoned": "", "subscriber_poisoned": "",
			"dlq_original_partition": "2",
			"dlq_original_offset":    "4711",
			"dlq_original_timestamp": "2026-11-23T15:04:05.123Z",
			"dlq_group":              "order-processor",
			"dlq_attempts":           "1",
			"dlq_error_class":        "conflict",
			"dlq_failed_at":          "2000-01-01T00:00:00.000Z", // when every bubble begins
		}, to.published[0].Metadata)
		require.Equal(t, []any{source, handlers.Conflict}, told)
	})
}

func TestWhatIsDeadLettered(t *testing.T) {
	t.Parallel()
	for class, want := range map[handlers.Class]struct{ published, withOutages, whileStopping bool }{
		handlers.Decode:     {true, true, true},
		handlers.Validation: {true, true, true},
		handlers.Conflict:   {true, true, true},
		handlers.Data:       {true, true, true},
		handlers.Panic:      {true, true, true},
		handlers.Transient:  {true, true, false},
		handlers.Unknown:    {true, true, false},
		handlers.Outage:     {false, true, false},
		handlers.Canceled:   {false, false, false},
	} {
		for name, test := range map[string]struct{ outages, stopping, published bool }{
			"pausing in outages":        {false, false, want.published},
			"dead-lettering in outages": {true, false, want.withOutages},
			"while stopping":            {true, true, want.whileStopping},
		} {
			t.Run(fmt.Sprintf("%s %s", class, name), func(t *testing.T) {
				t.Parallel()
				to := &recorder{}
				deadLetter := onto(to)
				deadLetter.Outages = test.outages
				failure := handlers.Fail(class, errors.New("failed"))
				msg := record(t, source)
				if test.stopping {
					ctx, cancel := context.WithCancel(msg.Context())
					cancel()
					msg.SetContext(ctx)
				}
				_, err := chain(failing(failure), layerOf(t, deadLetter))(msg)
				if test.published {
					require.NoError(t, err)
					require.Len(t, to.published, 1)
					require.Equal(t, string(class), to.published[0].Metadata[middleware.ErrorClassKey])
					return
				}
				require.ErrorIs(t, err, failure)
				require.Empty(t, to.published)
				if test.stopping {
					require.Equal(t, handlers.Canceled, handlers.ClassOf(err))
				}
			})
		}
	}
}

func TestSuccessPassesTheDeadLetterLayer(t *testing.T) {
	t.Parallel()
	to := &recorder{}
	produced := message.Messages{message.NewMessage("produced", nil)}
	handle := chain(func(*message.Message) ([]*message.Message, error) { return produced, nil }, layerOf(t, onto(to)))
	got, err := handle(record(t, source))
	require.NoError(t, err)
	require.Equal(t, []*message.Message(produced), got)
	require.Empty(t, to.published)
}

func TestMessageThatCannotBeDeadLetteredIsNotAcked(t *testing.T) {
	t.Parallel()
	refused := errors.New("no leader for partition 2")
	to := &recorder{refuse: func(*message.Message) error { return refused }}
	deadLetter := onto(to)
	deadLetter.Published = func(handlers.Source, handlers.Class) { t.Error("told of a dead letter that is none") }
	failure := handlers.Fail(handlers.Decode, errors.New("not JSON"))
	_, err := chain(failing(failure), layerOf(t, deadLetter))(record(t, source))
	require.ErrorIs(t, err, refused)
	require.ErrorIs(t, err, failure)
	require.ErrorContains(t, err, "orders/2/4711")
	require.ErrorContains(t, err, "orders.dlq")
	require.Equal(t, 1, to.tried)
}

func TestDeadLetterOfAMessageFromNowhere(t *testing.T) {
	t.Parallel()
	to := &recorder{}
	_, err := chain(failing(errors.New("failed")), layerOf(t, onto(to)))(message.NewMessage("uuid", nil))
	require.NoError(t, err)
	require.NotContains(t, to.published[0].Metadata, middleware.OriginalPartitionKey)
	require.NotContains(t, to.published[0].Metadata, middleware.OriginalOffsetKey)
	require.NotContains(t, to.published[0].Metadata, middleware.OriginalTimestampKey)
	require.Equal(t, string(handlers.Unknown), to.published[0].Metadata[middleware.ErrorClassKey])
}

func TestDeadLetterNeedsATopic(t *testing.T) {
	t.Parallel()
	deadLetter := onto(&recorder{})
	deadLetter.Topic = ""
	_, err := deadLetter.Middleware()
	require.ErrorContains(t, err, "dead-letter topic")
}
