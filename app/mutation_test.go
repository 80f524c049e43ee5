package main

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/app/verify"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// mutation is a bug in the pipeline, and the bad luck that it needs to show. The
// same luck without the bug must do no harm.
type mutation struct {
	name string
	luck func(*parts)         // of the first processor; nil if all goes well
	set  func(*handlingFlags) // the bug, as settings that exactly-once must not have
	bug  func(*parts)         // the bug, as a part that works otherwise
	want []verify.Kind        // all that verify finds, and nothing else
}

// mutations are listed by what they do to the orders.
var mutations = []mutation{
	{name: "no bug"},
	{name: "no bug, stopped half-way", luck: stoppedAfter(46)},
	{name: "no bug, delivered again", luck: deliveredAgain},
	{name: "no bug, replies lost", luck: repliesLost},
	{name: "no bug, database away", luck: databaseAway},
	{name: "no bug, dead letter refused", luck: deadLetterRefused},

	{"commit before the insert", stoppedAfter(46), commitBefore, nil, []verify.Kind{verify.Lost}},
	{"commit of what was fetched", stoppedAfter(46), commitOnTimer, nil, []verify.Kind{verify.Lost, verify.InvalidNotDeadLettered}},
	{"ack before the insert", stoppedAfter(46), nil, ackFirst, []verify.Kind{verify.Lost}},
	{"ack when buffered", stoppedAfter(46), nil, ackWhenBuffered, []verify.Kind{verify.Lost}},
	{"commit past a gap", nil, nil, commitPastGap, []verify.Kind{verify.Lost, verify.InvalidNotDeadLettered}},
	{"lost rollback", nil, nil, lostRollback, []verify.Kind{verify.Lost}},

	{"insert without the unique key, delivered again", deliveredAgain, insertEach, nil, []verify.Kind{verify.Duplicated}},
	{"insert without the unique key, replies lost", repliesLost, insertEach, nil, []verify.Kind{verify.Duplicated}},

	{"row of another offset", nil, nil, otherOffset, []verify.Kind{verify.Phantom}},
	{"key mended", nil, nil, mendKey, []verify.Kind{verify.Phantom, verify.InvalidNotDeadLettered}},
	{"item dropped", nil, nil, dropItem, []verify.Kind{verify.Changed}},
	{"time cut to seconds", nil, nil, cutTime, []verify.Kind{verify.Changed}},
	{"retried behind its successor", nil, nil, retryLater, []verify.Kind{verify.OutOfOrder}},

	{"poison on shutdown", stoppedAfter(46), nil, poisonOnShutdown, []verify.Kind{verify.ValidDeadLettered}},
	{"poison on outage", databaseAway, poisonOnOutage, nil, []verify.Kind{verify.ValidDeadLettered}},
	{"duplicate taken for a conflict", deliveredAgain, nil, duplicateIsConflict, []verify.Kind{verify.ValidDeadLettered}},
	{"ack on error", deadLetterRefused, nil, ackOnError, []verify.Kind{verify.InvalidNotDeadLettered}},
	{"dead letter not sent", nil, nil, noLetter, []verify.Kind{verify.InvalidNotDeadLettered}},
	{"dead letter without its key", nil, nil, letterWithoutKey, []verify.Kind{verify.Changed}},
	{"dead letter with a line feed more", nil, nil, letterWithLineFeed, []verify.Kind{verify.Changed}},
	{"dead letter of nobody knows what", nil, nil, letterWithoutOffset, []verify.Kind{verify.Phantom, verify.InvalidNotDeadLettered}},
}

// verify finds every bug by what it does, and nothing where there is none. All
// groups read the same orders.
func TestVerifyFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.RetryInterval, flags.RetryCap = time.Millisecond, 10*time.Millisecond
	flags.ShutdownTimeout = 200 * time.Millisecond // what stoppedAfter takes
	book := filepath.Join(t.TempDir(), "ledger.jsonl")
	generate(t, flags.Topic, book)
	config, err := postgres.ParseURL(database)
	require.NoError(t, err)

	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			sound := flags
			sound.Group, sound.DLQTopic = servertest.Name("group"), servertest.Name("dead-letters")
			mutated := sound
			if m.set != nil {
				m.set(&mutated)
			}
			if !process(t, mutated, config, m.luck, m.bug) {
				require.True(t, process(t, sound, config))
			}

			report, err := verify.Run(t.Context(), verify.Input{
				Ledger: book, Kafka: kafka.Config{Brokers: servertest.Kafka(t)}, DeadLetters: sound.DLQTopic,
				Database: config, Group: sound.Group,
			})
			require.NoError(t, err)
			var found []verify.Kind
			for _, finding := range report.Findings {
				found = append(found, finding.Kind)
			}
			require.Equal(t, m.want, slices.Compact(found), "%v", report.Findings)
			promised := profileOf("exactly-once").promises
			require.Len(t, report.Broken(promised.neverLost, promised.neverDoubled), len(m.want))
			if m.want == nil {
				require.Equal(t, report.Valid, report.Persisted)
				require.Equal(t, report.Invalid, report.DeadLettered)
			}
		})
	}
}

// generate sends orders of a few users, some of them invalid, the same in every run.
func generate(t *testing.T, topic, book string) {
	t.Helper()
	flags := ordersFlags{Count: 200, Users: 10, Seed: 1, Ledger: book}
	source, seed, err := flags.open(0.1)
	require.NoError(t, err)
	_, err = send(t.Context(), sending{
		carrier: onKafka(t, slog.New(slog.DiscardHandler)), topic: topic, flags: flags,
		source: source, seed: seed, logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
}
