package kafka

import (
	"context"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// checkOffsets is called with the offsets that partitions shall be fetched from. A
// committed offset that the partition does not hold (any longer) is reported, for
// orders were deleted unread or the topic is another, and replaced by the oldest.
func (s *subscription) checkOffsets(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	// Without an answer the client finds out by itself, and goes on the same way.
	admin := kadm.NewClient(s.client)
	starts, err := admin.ListStartOffsets(ctx, s.topic)
	if err != nil {
		return offsets, nil //nolint:nilerr // see above
	}
	ends, err := admin.ListEndOffsets(ctx, s.topic)
	if err != nil {
		return offsets, nil //nolint:nilerr // see above
	}
	for number, offset := range offsets[s.topic] {
		committed := offset.EpochOffset().Offset
		oldest, known := starts.Lookup(s.topic, number)
		end, ended := ends.Lookup(s.topic, number)
		if committed < 0 || !known || !ended || oldest.Err != nil || end.Err != nil ||
			oldest.Offset <= committed && committed <= end.Offset {
			continue
		}
		s.config.Logger.Error("the committed offset is out of range; going on at the oldest record",
			slog.String("group", s.config.Group), slog.String("topic", s.topic), slog.Int("partition", int(number)),
			slog.Int64("committed", committed), slog.Int64("oldest", oldest.Offset), slog.Int64("end", end.Offset))
		offsets[s.topic][number] = kgo.NewOffset().AtStart()
	}
	return offsets, nil
}
