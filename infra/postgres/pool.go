package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

// Pool connects, for what is kept beside the orders, and makes sure that the
// server answers. settings are those of its sessions, such as lock_timeout.
func (c Config) Pool(ctx context.Context, connections int, settings map[string]string) (*sql.DB, error) {
	changed := c.settings.Clone()
	for name, value := range settings {
		if name == "application_name" {
			changed.ApplicationName = value
			continue
		}
		changed.Runtime[name] = value
	}
	connector, err := pq.NewConnectorConfig(changed)
	if err != nil {
		return nil, fmt.Errorf("configure the connection to PostgreSQL at %s: %w", c.address(), err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := c.ping(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Interrupted reports whether the error says that the server, or the way to it, was
// gone, so that the same may work soon: no answer, or one of connections (class
// 08), resources (53), operators (57) or the system (58).
func Interrupted(err error) bool {
	answer, answered := errors.AsType[*pq.Error](err)
	if !answered {
		return err != nil
	}
	switch answer.Code.Class() {
	case "08", "53", "57", "58":
		return true
	default:
		return false
	}
}
