package telemetry

import (
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
// (adding a handler, starting to consume) is debug to who runs the program.
func ForWatermill(logger *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{
		slog.LevelInfo: slog.LevelDebug,
	})
}
