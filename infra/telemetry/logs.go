package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill"
)

// NewLogger returns a logger that writes lines of text (key=value) or JSON.
func NewLogger(w io.Writer, level slog.Level, asJSON bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// ForWatermill returns the logger for Watermill's own parts. What they call info
// (adding a handler, starting to consume) is debug to who runs the program, and
// so is the end of what was asked to stop.
func ForWatermill(logger *slog.Logger) watermill.LoggerAdapter {
	return quiet{watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{
		slog.LevelInfo: slog.LevelDebug,
	})}
}

type quiet struct{ watermill.LoggerAdapter }

// Trace does nothing: Watermill traces each message twice, and the adapter would
// make attributes of the fields before slog says that nobody wants them.
func (quiet) Trace(string, watermill.LogFields) {}

func (q quiet) Error(text string, err error, fields watermill.LogFields) {
	if errors.Is(err, context.Canceled) {
		q.Debug(text, fields.Add(watermill.LogFields{"error": err}))
		return
	}
	q.LoggerAdapter.Error(text, err, fields)
}

func (q quiet) With(fields watermill.LogFields) watermill.LoggerAdapter {
	return quiet{q.LoggerAdapter.With(fields)}
}
