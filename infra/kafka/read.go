package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// readAhead bounds what one fetch brings into memory, in bytes, unless a
	// single record is larger.
	readAhead = 1 << 20
	// readIdle is after how long without a record the reader looks whether the
	// rest has been deleted, readStuck after how long it gives up.
	readIdle  = time.Second
	readStuck = time.Minute
)

// ReadTopic calls visit with every record that a topic holds now, as ReadExtents
// does, and returns what it held.
func (a *Admin) ReadTopic(ctx context.Context, topic string, visit func(*kgo.Record) error) (map[int32]Extent, error) {
	extents, err := a.Extents(ctx, topic)
	if err != nil {
		return nil, err
	}
	return extents, a.ReadExtents(ctx, topic, extents, visit)
}

// ReadExtents calls visit with every record within the extents, in the order of
// each partition. Records of aborted transactions are left out. It ends at the
// first error of visit, which must not keep the record.
func (a *Admin) ReadExtents(ctx context.Context, topic string, extents map[int32]Extent, visit func(*kgo.Record) error) error {
	r := &topicReader{admin: a, topic: topic, visit: visit}
	return r.readExtents(ctx, extents)
}

// topicReader is one reading of a topic.
type topicReader struct {
	admin *Admin
	topic string
	left  map[int32]int64 // the end of each partition that is not read to it
	visit func(*kgo.Record) error
	// lost is told of a partition that cannot be read on; if it is nil, the reading
	// ends with that error.
	lost func(partition int32, err error)
}

func (r *topicReader) readExtents(ctx context.Context, extents map[int32]Extent) error {
	r.left = map[int32]int64{}
	from := map[int32]kgo.Offset{}
	for partition, extent := range extents {
		if extent.Start < extent.End {
			r.left[partition] = extent.End
			from[partition] = kgo.NewOffset().At(extent.Start)
		}
	}
	if err := r.read(ctx, from); err != nil {
		return fmt.Errorf("read topic %q: %w", r.topic, err)
	}
	return nil
}

func (r *topicReader) read(ctx context.Context, from map[int32]kgo.Offset) error {
	if len(from) == 0 {
		return nil
	}
	client, err := kgo.NewClient(append(r.admin.config.Franz(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last offset of a partition may be such a one
		kgo.FetchMaxWait(100*time.Millisecond),
		kgo.FetchMaxBytes(readAhead),
		kgo.MaxConcurrentFetches(1))...)
	if err != nil {
		return fmt.Errorf("configure the Kafka client: %w", err)
	}
	defer client.Close()
	progress := time.Now()
	for len(r.left) > 0 {
		records, err := r.poll(ctx, client)
		switch {
		case err != nil:
			return err
		case records > 0:
			progress = time.Now()
		case time.Since(progress) > readStuck:
			return fmt.Errorf("no record came for %s though partitions and their ends are left: %v", readStuck, r.left)
		default:
			if err := r.dropDeleted(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// poll visits the records that come within readIdle and returns their number.
func (r *topicReader) poll(ctx context.Context, client *kgo.Client) (records int, err error) {
	waiting, cancel := context.WithTimeout(ctx, readIdle)
	defer cancel()
	fetches := client.PollFetches(waiting)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	for _, failed := range fetches.Errors() {
		switch {
		case errors.Is(failed.Err, context.DeadlineExceeded):
		case r.lost == nil:
			return 0, fmt.Errorf("partition %d: %w", failed.Partition, r.explain(failed.Err))
		default:
			r.lost(failed.Partition, r.explain(failed.Err))
			r.leave(client, failed.Partition)
		}
	}
	for records := fetches.RecordIter(); !records.Done(); {
		record := records.Next()
		err := r.take(record)
		if errors.Is(err, errEnough) {
			r.leave(client, record.Partition)
		} else if err != nil {
			return 0, err
		}
	}
	return fetches.NumRecords(), nil
}

func (r *topicReader) explain(err error) error {
	return r.admin.config.explainRight(err, opRead, onTopic, r.topic)
}

// leave reads no more of a partition.
func (r *topicReader) leave(client *kgo.Client, partition int32) {
	delete(r.left, partition)
	client.PauseFetchPartitions(map[string][]int32{r.topic: {partition}})
}

func (r *topicReader) take(record *kgo.Record) error {
	end, reading := r.left[record.Partition]
	if !reading {
		return nil // written since
	}
	if record.Offset+1 >= end {
		delete(r.left, record.Partition)
	}
	if record.Attrs.IsControl() || record.Offset >= end {
		return nil
	}
	return r.visit(record)
}

// dropDeleted takes out the partitions whose records expired while they were read.
func (r *topicReader) dropDeleted(ctx context.Context) error {
	extents, err := r.admin.Extents(ctx, r.topic)
	for partition, end := range r.left {
		if err == nil && extents[partition].Start >= end {
			delete(r.left, partition)
		}
	}
	return err
}
