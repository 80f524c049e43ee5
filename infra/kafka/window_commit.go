package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"orderflow/handlers"
)

// commitTimeout bounds a commit: with DrainTimeout before it, it must end before
// the coordinator takes the partitions away.
const commitTimeout = 10 * time.Second

// commitRegularly commits what was acked, every CommitInterval.
func (s *subscription) commitRegularly() {
	if s.config.Commit == CommitBefore {
		return
	}
	ticker := time.NewTicker(s.config.CommitInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.commit(s.client, s.assigned.all())
		case <-s.stopping.Done():
			return
		}
	}
}

// commit commits how far the partitions have come. What fails is tried again with
// the next; if there is none, the messages are delivered again.
func (s *subscription) commit(client *kgo.Client, partitions []*partition) {
	s.committing.Lock()
	defer s.committing.Unlock()
	offsets := map[int32]int64{}
	for _, p := range partitions {
		// It may have been given up since the caller looked.
		if offset, ok := p.toCommit(); ok && s.assigned.of(p.number) == p {
			offsets[p.number] = offset
		}
	}
	if len(offsets) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	err := commitOffsets(ctx, client, s.topic, offsets)
	if err == nil {
		for _, p := range partitions {
			if offset, ok := offsets[p.number]; ok {
				p.setCommitted(offset)
			}
		}
	}
	s.report(err)
}

// report logs the first of commits that fail in a row.
func (s *subscription) report(err error) {
	if err != nil && !s.notCommitted {
		s.config.Logger.Warn("cannot commit offsets; trying again",
			slog.String("group", s.config.Group), slog.String("topic", s.topic), slog.Any("error", err))
	}
	s.notCommitted = err != nil
}

// commitNow commits the offset after a message that is in flight.
func (s *subscription) commitNow(ctx context.Context, p *partition, source handlers.Source) error {
	s.committing.Lock()
	defer s.committing.Unlock()
	if s.assigned.of(p.number) != p || !p.handling(source.Offset) || ctx.Err() != nil {
		return fmt.Errorf("commit %s: %w", source, errMovedOn)
	}
	if err := commitOffsets(ctx, s.client, s.topic, map[int32]int64{source.Partition: source.Offset + 1}); err != nil {
		return fmt.Errorf("commit %s: %w", source, err)
	}
	return nil
}

// commitOffsets commits offsets by partition and returns the broker's answer.
func commitOffsets(ctx context.Context, client *kgo.Client, topic string, offsets map[int32]int64) error {
	request := map[int32]kgo.EpochOffset{}
	for partition, offset := range offsets {
		request[partition] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	var failed error
	client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{topic: request},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
			if failed = err; err == nil {
				failed = refusal(response)
			}
		})
	return failed
}

// refusal returns the first error of a response.
func refusal(response *kmsg.OffsetCommitResponse) error {
	for _, topic := range response.Topics {
		for _, partition := range topic.Partitions {
			if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
				return fmt.Errorf("partition %d: %w", partition.Partition, err)
			}
		}
	}
	return nil
}
