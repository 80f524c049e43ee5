package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestClassOfAnswers(t *testing.T) {
	t.Parallel()
	for code, want := range map[pqerror.Code]handlers.Class{
		"22001": handlers.Data,      // too long
		"22021": handlers.Data,      // not of the encoding
		"22P05": handlers.Data,      // NUL in jsonb
		"23502": handlers.Data,      // NOT NULL
		"23505": handlers.Data,      // UNIQUE
		"23514": handlers.Data,      // CHECK
		"54000": handlers.Data,      // a limit of the program, such as an index entry's size
		"40001": handlers.Transient, // serialization failure
		"40P01": handlers.Transient, // deadlock
		"55P03": handlers.Transient, // lock not available
		"08006": handlers.Outage,    // connection failure
		"25006": handlers.Outage,    // read-only, such as a standby
		"28P01": handlers.Outage,    // wrong password
		"3D000": handlers.Outage,    // no such database
		"40003": handlers.Outage,    // nobody knows whether it was committed
		"42501": handlers.Outage,    // permission revoked
		"42P01": handlers.Outage,    // no such table
		"53100": handlers.Outage,    // disk full
		"53300": handlers.Outage,    // too many connections
		"55006": handlers.Outage,    // object in use
		"57014": handlers.Outage,    // cancelled by statement_timeout
		"57P01": handlers.Outage,    // shutting down
		"57P03": handlers.Outage,    // starting up
		"58030": handlers.Outage,    // I/O error
		"XX000": handlers.Outage,    // a bug of the server
	} {
		t.Run("SQLSTATE "+string(code), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, classOf(fmt.Errorf("save: %w", &pq.Error{Code: code})))
		})
	}
}

func TestClassOfNoAnswer(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, context.DeadlineExceeded,
		&net.OpError{Op: "dial", Err: net.UnknownNetworkError("nowhere")},
	} {
		require.Equal(t, handlers.Outage, classOf(fmt.Errorf("save: %w", err)), "%v", err)
	}
	require.Equal(t, handlers.Transient, classOf(sql.ErrNoRows))
}

func TestClassOfAFailureIsItsOwn(t *testing.T) {
	t.Parallel()
	require.Equal(t, handlers.Data, classOf(fmt.Errorf("save: %w", handlers.Fail(handlers.Data, io.EOF))))
}

func TestClassifySaysWhatWasBeingDone(t *testing.T) {
	t.Parallel()
	err := classify(t.Context(), `save order "1" of orders/0/17`, io.EOF)
	require.EqualError(t, err, `save order "1" of orders/0/17: EOF`)
	require.ErrorIs(t, err, io.EOF)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, handlers.Canceled, handlers.ClassOf(classify(ctx, "save", &pq.Error{Code: "57014"})))
}
