package middleware_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ThreeDotsLabs/watermill/message"
	wm "github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

const maxReason = 1024

func TestDeadLetterThatIsTooLargeGoesWithoutTheReason(t *testing.T) {
	t.Parallel()
	to := &recorder{refuse: func(msg *message.Message) error {
		if _, ok := msg.Metadata[wm.ReasonForPoisonedKey]; ok {
			return errTooLarge
		}
		return nil
	}}
	_, err := chain(failing(errors.New("failed")), layerOf(t, onto(to)))(record(t, source))
	require.NoError(t, err)
	require.Equal(t, 2, to.tried)
	require.Len(t, to.published, 1)
	require.Equal(t, message.Payload("value \xff"), to.published[0].Payload)
	require.Equal(t, "key \xff", to.published[0].Metadata[handlers.KeyMetadata])
}

func TestDeadLetterThatIsTooLargeWithoutTheReasonIsNotAcked(t *testing.T) {
	t.Parallel()
	to := &recorder{refuse: func(*message.Message) error { return errTooLarge }}
	_, err := chain(failing(errors.New("failed")), layerOf(t, onto(to)))(record(t, source))
	require.ErrorIs(t, err, errTooLarge)
	require.Equal(t, 2, to.tried)
	require.Empty(t, to.published)
}

func TestReasonIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		// Repeating a character of 1 to 4 bytes gets across the limit at every offset.
		reason := rapid.String().Draw(rt, "head") +
			strings.Repeat(string(rapid.Rune().Draw(rt, "character")), rapid.IntRange(0, 1100).Draw(rt, "times"))
		to := &recorder{}
		_, err := chain(failing(errors.New(reason)), layerOf(rt, onto(to)))(record(t, source))
		require.NoError(rt, err)
		got := to.published[0].Metadata[wm.ReasonForPoisonedKey]
		if len(reason) <= maxReason {
			require.Equal(rt, reason, got)
			return
		}
		require.True(rt, utf8.ValidString(got))
		require.LessOrEqual(rt, len(got), maxReason)
		require.Greater(rt, len(got), maxReason-utf8.UTFMax, "cut more than it had to")
		kept, cut := strings.CutSuffix(got, " ...")
		require.True(rt, cut)
		require.True(rt, strings.HasPrefix(reason, kept))
	})
}
