package telemetry_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"

	"orderflow/infra/telemetry"
)

func TestLoggerWritesLinesOfText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	logger := telemetry.NewLogger(&out, slog.LevelInfo, false)
	logger.Debug("unseen")
	logger.Info("partitions assigned", slog.String("group", "order-processor"))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], `level=INFO msg="partitions assigned" group=order-processor`)
}

func TestLoggerWritesJSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	telemetry.NewLogger(&out, slog.LevelDebug, true).Debug("partitions assigned", slog.Int("count", 3))
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(out.String()), &line))
	require.Equal(t, "DEBUG", line["level"])
	require.Equal(t, "partitions assigned", line["msg"])
	require.EqualValues(t, 3, line["count"])
}

func TestWhatWatermillCallsInfoIsDebug(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		log   func(watermill.LoggerAdapter)
		level string // at which it is logged, "" if it is not even at debug
	}{
		"error": {func(l watermill.LoggerAdapter) { l.Error("said", errors.New("broken"), nil) }, "ERROR"},
		"info":  {func(l watermill.LoggerAdapter) { l.Info("said", nil) }, "DEBUG"},
		"debug": {func(l watermill.LoggerAdapter) { l.Debug("said", nil) }, "DEBUG"},
		"trace": {func(l watermill.LoggerAdapter) { l.Trace("said", nil) }, ""},
		"with":  {func(l watermill.LoggerAdapter) { l.With(watermill.LogFields{"a": 1}).Info("said", nil) }, "DEBUG"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			test.log(telemetry.ForWatermill(telemetry.NewLogger(&out, slog.LevelDebug, false)))
			if test.level == "" {
				require.Empty(t, out.String())
			} else {
				require.Contains(t, out.String(), "level="+test.level+" msg=said")
			}
		})
	}
}
