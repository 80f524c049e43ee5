package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/ledger"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Input says what to hold against what.
type Input struct {
	// Ledger is the path of the file. The orders' topic is the one it names.
	Ledger string
	// Topics holds the records and the dead letters; nil is that of the brokers Kafka.
	Topics Topics
	Kafka  kafka.Config
	// DeadLetters is the topic of the group's dead letters; "" is that of the
	// orders with .dlq.
	DeadLetters string
	Database    postgres.Config
	// EventsTopic is where the group's outbox is relayed to; "" leaves events out.
	EventsTopic string
	// Group is the consumer group.
	Group string
}

// Topics is where the records are: kafka.Admin, or what reads like it.
type Topics interface {
	Extents(ctx context.Context, topic string) (map[int32]kafka.Extent, error)
	CommittedOffsets(ctx context.Context, group, topic string) (kafka.Offsets, error)
	ReadTopic(ctx context.Context, topic string, visit func(*kgo.Record) error) (map[int32]kafka.Extent, error)
	ReadExtents(ctx context.Context, topic string, extents map[int32]kafka.Extent, visit func(*kgo.Record) error) error
}

// Run reads everything and reports. An error means that there is no report: a
// server or a file cannot be read, or ledger, topic and group do not belong
// together. What is wrong with the orders is in the report.
func Run(ctx context.Context, in Input) (*Report, error) {
	header, err := headerOf(in.Ledger)
	if err != nil {
		return nil, err
	}
	if in.Topics == nil {
		admin, err := kafka.NewAdmin(ctx, in.Kafka)
		if err != nil {
			return nil, err
		}
		defer admin.Close()
		in.Topics = admin
	}
	if in.DeadLetters == "" {
		in.DeadLetters = header.Topic + ".dlq"
	}
	v := newVerification(in, header)
	if err := v.freeze(ctx); err != nil {
		return nil, err
	}
	defer v.tables.Close() //nolint:errcheck // it was only read
	return v.run(ctx)
}

func headerOf(path string) (ledger.Header, error) {
	book, err := ledger.Open(path)
	if err != nil {
		return ledger.Header{}, err
	}
	return book.Header(), book.Close()
}

// verification is one call of Run.
type verification struct {
	Input
	topic string

	// The group's side, as it was before the ledger and the topic are read.
	committed kafka.Offsets
	letters   map[int32]kafka.Extent // nil if there is no topic of dead letters
	tables    *postgres.Snapshot

	report   *Report
	hash     hasher
	records  records
	extents  map[int32]kafka.Extent
	unplaced unplaced

	last     kafka.Offsets // the last offset that the ledger has of each partition
	matched  int64         // records that are what the ledger says
	strayed  int64         // rows that belong to no record of the topic
	suspects []suspect
}

func newVerification(in Input, header ledger.Header) *verification {
	return &verification{
		Input: in, topic: header.Topic,
		report:  newReport(),
		hash:    newHasher(),
		records: records{pages: map[pageKey]*page{}},
		unplaced: unplaced{
			byStamp: map[uint64][]unplacedOrder{},
			found:   map[int64]place{},
			// Records have milliseconds.
			started: header.StartedAt.Truncate(time.Millisecond),
		},
		last: kafka.Offsets{},
	}
}

// freeze takes note of what the group has done so far. In this order: of what is
// committed now, all rows and dead letters are seen; and each of those has its
// record in the topic, of which the end is looked up later.
func (v *verification) freeze(ctx context.Context) (err error) {
	_, err = v.Topics.Extents(ctx, v.topic)
	if kafka.NoTopic(err) {
		return fmt.Errorf("the ledger %s is of another run: its orders went to topic %q, which is not there", v.Ledger, v.topic)
	}
	if err != nil {
		return err
	}
	v.committed, err = v.Topics.CommittedOffsets(ctx, v.Group, v.topic)
	if err != nil {
		return err
	}
	v.letters, err = v.Topics.Extents(ctx, v.DeadLetters)
	if err != nil && !kafka.NoTopic(err) {
		return err
	}
	v.tables, err = postgres.OpenSnapshot(ctx, v.Database, v.Group)
	if err == nil && v.tables.CountsOrders() {
		return errors.Join(fmt.Errorf("group %q counts its orders (--handler analytics) and keeps no rows to verify: "+
			"hold its sums against those of exactly-once by `compare --analytics`", v.Group), v.tables.Close())
	}
	return err
}

func (v *verification) run(ctx context.Context) (*Report, error) {
	for _, step := range []func(context.Context) error{
		v.readLedger, v.readTopic, v.readRows, v.readDeadLetters, v.nameMissing, v.readEvents,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	v.note()
	v.report.sort()
	return v.report, nil
}
