package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"time"
)

// saveTimeout bounds one attempt to save: a server that hangs is an outage.
const saveTimeout = 10 * time.Second

// maxConnections bounds the pool. It holds one message of each partition, and
// PostgreSQL's own default for all clients is 100.
const maxConnections = 16

// Store keeps the orders of one consumer group. It is safe for concurrent use.
type Store struct {
	db     *sql.DB
	schema string
	write  Write
	insert *sql.Stmt
	same   *sql.Stmt // of InsertOnce: whether the row that is there is the same

	announcer *announcer
}

// Open connects, makes sure of the group's schema and prepares the statements. A
// schema that is missing or older is migrated if the user may do that; else the
// error says what to run. Close the store.
func Open(ctx context.Context, config Config, group string, write Write, options ...Option) (*Store, error) {
	if write == CountOnce {
		return nil, errors.New("orders are added to sums in groups only: use OpenGrouped")
	}
	connector, err := config.connector(Schema(group))
	if err != nil {
		return nil, err
	}
	return open(ctx, config, connector, group, write, maxConnections, options)
}

func open(ctx context.Context, config Config, connector driver.Connector,
	group string, write Write, connections int, options []Option,
) (*Store, error) {
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	store := &Store{db: db, schema: Schema(group), write: write}
	for _, option := range options {
		option(store)
	}
	if store.announcer != nil {
		store.announcer.group = group
	}
	if err := store.start(ctx, config, group); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func (s *Store) start(ctx context.Context, config Config, group string) error {
	if err := config.ping(ctx, s.db); err != nil {
		return err
	}
	if err := config.prepare(ctx, s.db, group, s.write); err != nil {
		return err
	}
	if s.write == CountOnce {
		return nil // its statements are those of a batch
	}
	insert := insertInto(s.write.table())
	if s.write == InsertOnce {
		insert += onlyNew
	}
	for statement, query := range map[**sql.Stmt]string{&s.insert: insert, &s.same: sameContent} {
		prepared, err := s.db.PrepareContext(ctx, query) //nolint:sqlclosecheck // closed with the connections
		if err != nil {
			return fmt.Errorf("prepare a statement of schema %s: %w", s.schema, err)
		}
		*statement = prepared
	}
	return nil
}

// Schema is the name of the group's schema.
func (s *Store) Schema() string { return s.schema }

// Table is the name of the table that is written, with its schema.
func (s *Store) Table() string { return s.schema + "." + s.write.table() }

// TableOf is the name of the table that a group's store writes, with its schema.
func TableOf(group string, write Write) string {
	return Schema(group) + "." + write.table()
}

// Close ends the connections. It is no error that the server, or the network,
// has ended them before.
func (s *Store) Close() error {
	err := s.db.Close()
	if _, ended := errors.AsType[net.Error](err); ended {
		return nil
	}
	return err
}
