package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Offsets are offsets of one topic by partition.
type Offsets map[int32]int64

// EndOffsets returns, for each partition of a topic, the offset that the next
// record will get.
func (a *Admin) EndOffsets(ctx context.Context, topic string) (Offsets, error) {
	listed, err := a.client.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the end offsets of topic %q: %w", topic, a.config.explainRight(err, opDescribe, onTopic, topic))
	}
	ends := Offsets{}
	for partition, offset := range listed[topic] {
		ends[partition] = offset.Offset
	}
	return ends, nil
}

// CommittedOffsets returns, for each partition of a topic where a consumer group
// has committed, the offset it will resume at.
func (a *Admin) CommittedOffsets(ctx context.Context, group, topic string) (Offsets, error) {
	responses, err := a.client.FetchOffsetsForTopics(ctx, group, topic)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return Offsets{}, nil // a group comes into being with its first member or commit
	}
	if err == nil {
		err = responses.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) { // nobody has joined yet
		return Offsets{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the committed offsets of group %q: %w", group, a.config.explainRight(err, opDescribe, onGroup, group))
	}
	committed := Offsets{}
	for partition, offset := range responses[topic] {
		if offset.At >= 0 {
			committed[partition] = offset.At
		}
	}
	return committed, nil
}

// Reached reports whether these committed offsets have reached all of ends.
func (o Offsets) Reached(ends Offsets) bool {
	for partition, end := range ends {
		if o[partition] < end {
			return false
		}
	}
	return true
}

// Sum adds them up: of committed offsets in a topic from which nothing has
// expired, how many records are committed.
func (o Offsets) Sum() int64 {
	var sum int64
	for _, offset := range o {
		sum += offset
	}
	return sum
}
