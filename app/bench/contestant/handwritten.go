package contestant

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/lib/pq"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
)

// HandWritten is the hand-written loop: it polls, and a goroutine for each
// partition with a connection of its own decodes what came, copies it into the
// table in one transaction, and commits the offset. It runs until ctx is done or
// something fails. It is at least once, and keeps the order of a partition. Where
// order_id is unique, what comes again after a crash would fail for ever.
func HandWritten(ctx context.Context, job Job) error {
	debug.SetGCPercent(200) // memory for speed; 400 was measured to be no faster
	connector, err := job.connector(ctx)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(job.Kafka.Franz(),
		kgo.ConsumerGroup(job.Group),
		kgo.ConsumeTopics(job.Topic),
		kgo.DisableAutoCommit(),
		kgo.FetchMaxPartitionBytes(2<<20), // some 6,000 orders a batch; more was measured to be no faster
	)...)
	if err != nil {
		return fmt.Errorf("configure the Kafka client: %w", err)
	}
	defer client.Close()

	lanes, laneCtx := errgroup.WithContext(ctx)
	lanes.Go(func() error { return loop{client, connector, copyInto(job), lanes}.poll(laneCtx) })
	return lanes.Wait()
}

// loop is what the goroutines share.
type loop struct {
	client    *kgo.Client
	connector *pq.Connector
	into      string // the statement of its copiers
	lanes     *errgroup.Group
}

// poll hands what comes to the lanes of the partitions, which it starts, until ctx
// is done.
func (l loop) poll(ctx context.Context) error {
	queues := map[int32]chan []*kgo.Record{}
	defer func() {
		for _, queue := range queues {
			close(queue)
		}
	}()
	for {
		fetches := l.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil // that it ends is the way to stop it
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("poll: %w", err)
		}
		fetches.EachPartition(func(fetched kgo.FetchTopicPartition) {
			queue := queues[fetched.Partition]
			if queue == nil {
				queue = make(chan []*kgo.Record, 1)
				queues[fetched.Partition] = queue
				l.lanes.Go(func() error { return l.lane(ctx, queue) })
			}
			select {
			case queue <- fetched.Records:
			case <-ctx.Done():
			}
		})
	}
}

// lane writes the batches of a partition, one after the other. A batch that it has
// begun it finishes.
func (l loop) lane(ctx context.Context, queue <-chan []*kgo.Record) (err error) {
	ctx = context.WithoutCancel(ctx)
	writer, err := newCopier(ctx, l.connector, l.into)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.close()) }()
	for batch := range queue {
		if len(batch) == 0 {
			continue
		}
		if err := writer.write(ctx, batch); err != nil {
			return err
		}
		if err := l.client.CommitRecords(ctx, batch[len(batch)-1]); err != nil {
			return fmt.Errorf("commit the offset: %w", err)
		}
	}
	return nil
}
