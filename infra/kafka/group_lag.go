package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// ErrNoGroup is the error for a group that has neither members nor offsets.
var ErrNoGroup = errors.New("there is no such consumer group")

// PartitionLag is how far a group has come in a partition.
type PartitionLag struct {
	Topic     string
	Partition int32
	// Committed is where the group goes on, -1 when it has committed nothing.
	Committed int64
	// Extent is what the partition holds, records of open transactions included.
	Extent
	// Member is the id of the member that has the partition, "" if none has.
	Member string
	// Oldest is the timestamp of the first record that waits, as its producer or
	// broker set it; zero when none waits or it could not be read.
	Oldest time.Time
}

// Lag is how many offsets the group is behind. Where it has committed nothing, or
// what it committed has expired, that is all that the partition holds, for our
// groups go on at the oldest.
func (l PartitionLag) Lag() int64 { return max(0, l.End-l.next()) }

func (l PartitionLag) next() int64 { return max(l.Committed, l.Start) }

// GroupLag returns a group and how far it has come in each partition of each topic
// of which it has a partition or has committed an offset, sorted. The error is
// ErrNoGroup when nothing is known of the group.
func (a *Admin) GroupLag(ctx context.Context, name string) (Group, []PartitionLag, error) {
	group, err := a.DescribeGroup(ctx, name)
	if err != nil {
		return Group{}, nil, err
	}
	committed, err := a.client.FetchOffsets(ctx, name)
	if err == nil {
		err = committed.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return Group{}, nil, fmt.Errorf("read the committed offsets of group %q: %w", name, err)
	}
	if group.State == "Dead" && len(committed) == 0 {
		return Group{}, nil, fmt.Errorf("group %q: %w", name, ErrNoGroup)
	}
	topics := map[string]bool{}
	for topic := range committed {
		topics[topic] = true
	}
	for _, member := range group.Members {
		for topic := range member.Partitions {
			topics[topic] = true
		}
	}
	var lags []PartitionLag
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		of, err := a.topicLag(ctx, group, topic, committed)
		if NoTopic(err) {
			continue // it was deleted, and the offsets in it mean nothing
		}
		if err != nil {
			return Group{}, nil, err
		}
		lags = append(lags, of...)
	}
	return group, lags, nil
}

func (a *Admin) topicLag(ctx context.Context, group Group, topic string, committed kadm.OffsetResponses) ([]PartitionLag, error) {
	extents, err := a.extents(ctx, topic, a.client.ListEndOffsets)
	if err != nil {
		return nil, err
	}
	owners := map[int32]string{}
	for _, member := range group.Members {
		for _, partition := range member.Partitions[topic] {
			owners[partition] = member.ID
		}
	}
	var lags []PartitionLag
	for _, partition := range slices.Sorted(maps.Keys(extents)) {
		lag := PartitionLag{Topic: topic, Partition: partition, Committed: -1, Extent: extents[partition], Member: owners[partition]}
		if offset, ok := committed.Lookup(topic, partition); ok {
			lag.Committed = offset.At
		}
		lags = append(lags, lag)
	}
	return lags, nil
}

// oldestWithin bounds the time to look for the oldest waiting records.
const oldestWithin = 5 * time.Second

// ReadOldest fills in Oldest. Its error says why that of some partitions could not
// be read; the others have theirs.
func (a *Admin) ReadOldest(ctx context.Context, lags []PartitionLag) error {
	ctx, cancel := context.WithTimeout(ctx, oldestWithin)
	defer cancel()
	byTopic := map[string]map[int32]*PartitionLag{}
	for i := range lags {
		if byTopic[lags[i].Topic] == nil {
			byTopic[lags[i].Topic] = map[int32]*PartitionLag{}
		}
		byTopic[lags[i].Topic][lags[i].Partition] = &lags[i]
	}
	var errs []error
	for _, topic := range slices.Sorted(maps.Keys(byTopic)) {
		errs = append(errs, a.readOldestOf(ctx, topic, byTopic[topic]))
	}
	return errors.Join(errs...)
}

func (a *Admin) readOldestOf(ctx context.Context, topic string, lags map[int32]*PartitionLag) error {
	visible, err := a.Extents(ctx, topic)
	if err != nil {
		return err
	}
	waiting := map[int32]Extent{}
	for partition, lag := range lags {
		waiting[partition] = Extent{Start: lag.next(), End: visible[partition].End}
	}
	firsts, err := a.firstTimestamps(ctx, topic, waiting)
	for partition, timestamp := range firsts {
		lags[partition].Oldest = timestamp
	}
	return err
}
