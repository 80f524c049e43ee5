package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Extent is which offsets a partition holds: from Start up to, and without, End.
// Below Start are records that have expired.
type Extent struct {
	Start, End int64
}

// Extents returns what each partition of a topic holds. Records of transactions
// under way, and what comes after them, are beyond its end.
func (a *Admin) Extents(ctx context.Context, topic string) (map[int32]Extent, error) {
	return a.extents(ctx, topic, a.client.ListCommittedOffsets)
}

// extents is Extents with another idea of where a partition ends.
func (a *Admin) extents(ctx context.Context, topic string,
	listEnds func(context.Context, ...string) (kadm.ListedOffsets, error),
) (map[int32]Extent, error) {
	starts, err := a.client.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the start offsets of topic %q: %w", topic, a.config.explainRight(err, opDescribe, onTopic, topic))
	}
	ends, err := listEnds(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the end offsets of topic %q: %w", topic, err)
	}
	extents := map[int32]Extent{}
	for partition, end := range ends[topic] {
		extents[partition] = Extent{Start: starts[topic][partition].Offset, End: end.Offset}
	}
	return extents, nil
}

// NoTopic reports whether the error is that the topic does not exist.
func NoTopic(err error) bool {
	return errors.Is(err, kerr.UnknownTopicOrPartition)
}
