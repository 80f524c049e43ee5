package messages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience is how long a member waits for its turn before it looks whether it
// shall stop.
const patience = 250 * time.Millisecond

// SessionSettings are the settings of the connections of a Subscriber. The server
// ends a session that gives no sign of life for so long, and with it its turn,
// as Kafka's coordinator does.
func SessionSettings(topic, group string, sessionTimeout time.Duration) map[string]string {
	milliseconds := strconv.FormatInt(sessionTimeout.Milliseconds(), 10)
	return map[string]string{
		"application_name":                    memberPrefix(topic, group) + strconv.Itoa(os.Getpid()),
		"idle_in_transaction_session_timeout": milliseconds,
		"idle_session_timeout":                milliseconds,
		"lock_timeout":                        strconv.FormatInt(patience.Milliseconds(), 10),
	}
}

// memberPrefix is what the sessions of a group's members are called, but for the
// process id. PostgreSQL cuts such names to 63 bytes.
func memberPrefix(topic, group string) string {
	hash := sha256.Sum256([]byte(topic + "\x00" + group))
	return "orderflow member " + hex.EncodeToString(hash[:8]) + " "
}

// Member is a process that shares a group's messages with others.
type Member struct {
	PID  int
	Turn bool // it is its turn
}

// Members returns the members of a group by process id. One that has died is
// gone at once, one that hangs after its session timeout.
func (t *Topics) Members(ctx context.Context, topic, group string) ([]Member, error) {
	prefix := memberPrefix(topic, group)
	rows, err := t.db.QueryContext(ctx, `SELECT application_name, bool_or(backend_xid IS NOT NULL) FROM pg_stat_activity
		WHERE datname = current_database() AND starts_with(application_name, $1) GROUP BY 1 ORDER BY 1`, prefix)
	if err != nil {
		return nil, fmt.Errorf("read the members of group %q: %w", group, err)
	}
	defer rows.Close()
	var members []Member
	for rows.Next() {
		var member Member
		var name string
		if err := rows.Scan(&name, &member.Turn); err != nil {
			return nil, fmt.Errorf("read the members of group %q: %w", group, err)
		}
		if member.PID, err = strconv.Atoi(strings.TrimPrefix(name, prefix)); err != nil {
			return nil, fmt.Errorf("read the members of group %q: session %q: %w", group, name, err)
		}
		members = append(members, member)
	}
	return members, rows.Err()
}
