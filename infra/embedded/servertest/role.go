package servertest

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
)

// Role creates a role that may log in and has no rights, not even those that
// everybody has on a new database, which are revoked from PUBLIC. It returns the
// URL with that role as the user.
func Role(t testing.TB, databaseURL string) (name, asRole string) {
	t.Helper()
	owner, err := url.Parse(databaseURL)
	require.NoError(t, err)
	name = "role_" + strings.ToLower(rand.Text())
	password := rand.Text()
	role, database := pq.QuoteIdentifier(name), pq.QuoteIdentifier(strings.TrimPrefix(owner.Path, "/"))
	Execute(t, databaseURL, `CREATE ROLE `+role+` LOGIN PASSWORD `+pq.QuoteLiteral(password))
	t.Cleanup(func() {
		Execute(t, databaseURL, `DROP OWNED BY `+role)
		Execute(t, databaseURL, `DROP ROLE `+role)
	})
	Execute(t, databaseURL, `REVOKE ALL ON DATABASE `+database+` FROM PUBLIC`)
	owner.User = url.UserPassword(name, password)
	return name, owner.String()
}
