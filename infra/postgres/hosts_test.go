package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/postgres"
)

func TestHostsOfLibpqsForm(t *testing.T) {
	t.Parallel()
	for databaseURL, want := range map[string]string{
		"postgres://ann@127.0.0.1:1,127.0.0.1:2/x?sslmode=disable": "127.0.0.1:1,127.0.0.1:2",
		"postgres://ann@[::1]:1,[::1]:2/x?sslmode=disable":         "[::1]:1,[::1]:2",
		"host=127.0.0.1,127.0.0.1 port=1,2 user=ann dbname=x":      "127.0.0.1:1,127.0.0.1:2",
	} {
		_, err := postgres.Open(t.Context(), parsed(t, databaseURL), group, postgres.InsertOnce)
		require.ErrorContains(t, err, "no PostgreSQL answers at "+want, databaseURL)
	}
}
