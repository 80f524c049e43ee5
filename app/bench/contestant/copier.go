package contestant

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/lib/pq"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/postgres"
)

// copyInto returns the statement that makes rows of a job's orders.
func copyInto(job Job) string {
	return `COPY ` + postgres.TableOf(job.Group, job.Write) + ` (order_id, user_id, currency, amount, items,
		created_at, created_at_ns, kafka_partition, kafka_offset) FROM STDIN`
}

// order is what the table wants of an order: the items stay the JSON that they are.
type order struct {
	ID        string         `json:"order_id"`
	UserID    string         `json:"user_id"`
	Currency  string         `json:"currency"`
	Amount    int64          `json:"amount"`
	Items     jsontext.Value `json:"items"`
	CreatedAt time.Time      `json:"created_at"`
}

// rawCopy is what lib/pq's COPY statement can do beside driver.Stmt: send rows that
// are text already. It adds the last newline itself.
type rawCopy interface {
	driver.Stmt
	CopyData(ctx context.Context, rows string) (driver.Result, error)
}

// copier writes batches on a connection of its own, past database/sql.
type copier struct {
	conn  driver.Conn
	into  string // the statement
	order order
	text  []byte // of rows, as COPY reads them
}

func newCopier(ctx context.Context, connector *pq.Connector, into string) (*copier, error) {
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to copy: %w", err)
	}
	return &copier{conn: conn, into: into}, nil
}

func (c *copier) close() error { return c.conn.Close() }

// write makes rows of the records in one transaction.
func (c *copier) write(ctx context.Context, batch []*kgo.Record) error {
	tx, err := c.conn.Begin() //nolint:staticcheck // what it is deprecated for are options, which none is wanted of
	if err != nil {
		return fmt.Errorf("begin a batch: %w", err)
	}
	if err := c.copy(ctx, batch); err != nil {
		return errors.Join(fmt.Errorf("copy a batch of %d orders: %w", len(batch), err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit a batch of %d orders: %w", len(batch), err)
	}
	return nil
}

func (c *copier) copy(ctx context.Context, batch []*kgo.Record) error {
	prepared, err := c.conn.Prepare(c.into)
	if err != nil {
		return err
	}
	statement := prepared.(rawCopy) //nolint:forcetypeassert // that is lib/pq's promise for COPY
	const chunk = 32 << 10
	for i, record := range batch {
		if err := c.appendRow(record); err != nil {
			return errors.Join(err, statement.Close())
		}
		if len(c.text) < chunk && i < len(batch)-1 {
			c.text = append(c.text, '\n')
			continue
		}
		if _, err := statement.CopyData(ctx, string(c.text)); err != nil {
			return errors.Join(err, statement.Close())
		}
		c.text = c.text[:0]
	}
	_, err = statement.Exec(nil) // the only way to hear how a COPY ended
	return err
}

// appendRow adds the columns of copyInto.
func (c *copier) appendRow(record *kgo.Record) error {
	c.order = order{Items: c.order.Items[:0]} // their memory is used again
	o, b := &c.order, c.text
	if err := json.Unmarshal(record.Value, o); err != nil {
		return fmt.Errorf("decode the order at %s/%d/%d: %w", record.Topic, record.Partition, record.Offset, err)
	}
	b = append(appendEscaped(b, o.ID), '\t')
	b = append(appendEscaped(b, o.UserID), '\t')
	b = append(appendEscaped(b, o.Currency), '\t')
	b = append(strconv.AppendInt(b, o.Amount, 10), '\t')
	b = append(appendEscaped(b, o.Items), '\t')
	b = append(o.CreatedAt.AppendFormat(b, "2006-01-02 15:04:05.000000Z07:00"), '\t')
	b = append(strconv.AppendInt(b, int64(o.CreatedAt.Nanosecond()%1000), 10), '\t')
	b = append(strconv.AppendInt(b, int64(record.Partition), 10), '\t')
	c.text = strconv.AppendInt(b, record.Offset, 10)
	return nil
}

// escapes are how COPY wants what would end a column or a row.
var escapes = ['\\' + 1]string{'\t': `\t`, '\n': `\n`, '\r': `\r`, '\\': `\\`}

// appendEscaped appends text as COPY wants it.
func appendEscaped[T string | jsontext.Value](b []byte, text T) []byte {
	copied := 0
	for i := range len(text) {
		if c := text[i]; int(c) < len(escapes) && escapes[c] != "" {
			b = append(append(b, text[copied:i]...), escapes[c]...)
			copied = i + 1
		}
	}
	return append(b, text[copied:]...)
}
