package verify

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"orderflow/app/ledger"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Input says what to hold against what.
type Input struct {
	// Ledger is the path of the file. The orders' topic is the one it names.
	Ledger string
	Kafka  kafka.Config
	// DeadLetters is the topic of the group's dead letters; "" is that of the
	// orders with .dlq.
	DeadLetters string
	Database    postgres.Config
	// Group is the consumer group.
	Group string
}

// Run reads everything and reports. An error means that there is no report: a
// server or a file cannot be read, or ledger, topic and group do not belong
// together. What is wrong with the orders is in the report.
func Run(ctx context.Context, in Input) (*Report, error) {
	header, err := headerOf(in.Ledger)
	if err != nil {
		return nil, err
	}
	admin, err := kafka.NewAdmin(ctx, in.Kafka)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	topic := header.Topic
	if in.DeadLetters == "" {
		in.DeadLetters = topic + ".dlq"
	}
	if _, err := admin.Extents(ctx, topic); kafka.NoTopic(err) {
		return nil, fmt.Errorf("the ledger %s is of another run: its orders went to topic %q, which these brokers do not have", in.Ledger, topic)
	}
	// Before the snapshot: of what is committed now the snapshot has the rows.
	committed, err := admin.CommittedOffsets(ctx, in.Group, topic)
	if err != nil {
		return nil, err
	}
	tables, err := postgres.OpenSnapshot(ctx, in.Database, in.Group)
	if err != nil {
		return nil, err
	}
	defer tables.Close() //nolint:errcheck // it was only read
	v := newVerification(in, header, admin, tables, committed)
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
	topic     string
	admin     *kafka.Admin
	tables    *postgres.Snapshot
	committed kafka.Offsets

	report   *Report
	hash     hasher
	records  records
	extents  map[int32]kafka.Extent
	unplaced unplaced

	last     kafka.Offsets // the last offset that the ledger has of each partition
	matched  int64         // records that are what the ledger says
	strayed  int64         // rows that belong to no record of the topic
	noTopic  bool          // there are no dead letters because there is no topic for them
	suspects []suspect
}

func newVerification(in Input, header ledger.Header, admin *kafka.Admin, tables *postgres.Snapshot, committed kafka.Offsets) *verification {
	return &verification{
		Input: in, topic: header.Topic, admin: admin, tables: tables, committed: committed,
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

func (v *verification) run(ctx context.Context) (*Report, error) {
	for _, step := range []func(context.Context) error{
		v.readLedger, v.readTopic, v.readRows, v.readDeadLetters, v.nameMissing,
	} {
		t0 := time.Now()
		if err := step(ctx); err != nil {
			return nil, err
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(os.Stderr, "STEP %v heapsys %d MB alloc %d MB gcs %d\n", time.Since(t0), m.HeapSys>>20, m.HeapAlloc>>20, m.NumGC)
	}
	v.note()
	v.report.sort()
	return v.report, nil
}
