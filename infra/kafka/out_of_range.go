package kafka

import (
	"log/slog"

	"github.com/IBM/sarama"
)

// outOfRange reports that a partition does not hold the offset to read from (any
// longer): records were deleted unread, or the topic is another than the one the
// offset was committed in.
func (c *SubscriberConfig) outOfRange(topic string, partition int32, wanted int64, held Extent) {
	missed := max(0, held.Start-wanted)
	c.Logger.Error("the offset to read from is out of range; going on at the oldest record",
		slog.String("group", c.Group), slog.String("topic", topic), slog.Int("partition", int(partition)),
		slog.Int64("wanted", wanted), slog.Int64("oldest", held.Start), slog.Int64("end", held.End),
		slog.Int64("missed", missed))
	if c.OutOfRange != nil {
		c.OutOfRange(missed)
	}
}

// checkRange reports a committed offset that is out of range. sarama says nothing:
// it begins at the oldest record as if nothing had been committed.
func (h groupHandler) checkRange(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) {
	if claim.InitialOffset() != sarama.OffsetOldest {
		return
	}
	committed, held, err := h.committedAndHeld(session, claim)
	if err != nil {
		h.config.Logger.Warn("cannot tell whether records were deleted before they were read",
			slog.String("group", h.config.Group), slog.Any("error", err))
		return
	}
	if committed < 0 {
		return
	}
	h.config.outOfRange(claim.Topic(), claim.Partition(), committed, held)
	if h.config.Commit != CommitBefore {
		// Where the topic was made anew the committed offset is ahead; nothing below
		// it would be marked.
		session.ResetOffset(claim.Topic(), claim.Partition(), held.Start, "")
	}
}

// committedAndHeld returns the committed offset of a claim, -1 for none, and what
// its partition holds.
func (h groupHandler) committedAndHeld(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) (int64, Extent, error) {
	admin, err := NewAdmin(session.Context(), h.config.Config)
	if err != nil {
		return 0, Extent{}, err
	}
	defer admin.Close()
	committed, err := admin.CommittedOffsets(session.Context(), h.config.Group, claim.Topic())
	if err != nil {
		return 0, Extent{}, err
	}
	offset, ok := committed[claim.Partition()]
	if !ok {
		return -1, Extent{}, nil
	}
	extents, err := admin.Extents(session.Context(), claim.Topic())
	return offset, extents[claim.Partition()], err
}
