package kafka

import (
	"context"

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
		s.config.outOfRange(s.topic, number, committed, Extent{Start: oldest.Offset, End: end.Offset})
		offsets[s.topic][number] = kgo.NewOffset().AtStart()
	}
	return offsets, nil
}
