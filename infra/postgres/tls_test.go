package postgres_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// secured starts a server on which the user app must come by TLS, with a password
// and with a certificate of the authority.
func secured(t *testing.T, authority *servertest.Authority, own servertest.Certificate) *embedded.Postgres {
	t.Helper()
	dir := servertest.DataDir(t) // which is given to the server's user, and so are the files in it
	hba := "hostssl all app 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n" +
		"hostnossl all postgres 127.0.0.1/32 scram-sha-256\n"
	ca, err := os.ReadFile(authority.File)
	require.NoError(t, err)
	for name, content := range map[string]string{"server.pem": own.Cert, "server.key": own.Key, "ca.pem": string(ca), "hba.conf": hba} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{DataDir: dir, Settings: map[string]string{
		"ssl": "on", "ssl_cert_file": filepath.Join(dir, "server.pem"), "ssl_key_file": filepath.Join(dir, "server.key"),
		"ssl_ca_file": filepath.Join(dir, "ca.pem"), "hba_file": filepath.Join(dir, "hba.conf"), "fsync": "off",
		// With TLS 1.3 a client may write, and meet a closed connection, before it reads
		// that its certificate is refused.
		"ssl_max_protocol_version": "TLSv1.2",
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	admin := server.URL(embedded.Database)
	servertest.Execute(t, admin, `CREATE ROLE app LOGIN PASSWORD 'open sesame'`)
	_, err = postgres.Migrate(t.Context(), parsed(t, admin), group, "persist", "app")
	require.NoError(t, err)
	return server
}

// byTLS is how the user app comes.
func byTLS(server *embedded.Postgres, host string, authority *servertest.Authority, own servertest.Certificate) *url.URL {
	settings := url.Values{"sslmode": {"verify-full"}, "sslrootcert": {authority.File}}
	if own.CertFile != "" {
		settings.Set("sslcert", own.CertFile)
		settings.Set("sslkey", own.KeyFile)
	}
	return &url.URL{
		Scheme: "postgres", User: url.UserPassword("app", "open sesame"), Host: fmt.Sprintf("%s:%d", host, server.Port()),
		Path: "/" + embedded.Database, RawQuery: settings.Encode(),
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ours, others := servertest.NewAuthority(t), servertest.NewAuthority(t)
	server := secured(t, ours, ours.Issue(t, "server", "127.0.0.1"))
	own := ours.Issue(t, "app")
	right := byTLS(server, "127.0.0.1", ours, own)

	for name := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := openKind(t, name, right.String())
			_, err := store.Save(t.Context(), simpleOrder(name), handlers.Source{})
			require.NoError(t, err)
		})
	}

	without := *right
	without.RawQuery = "sslmode=disable"
	wrong := *right
	wrong.User = url.UserPassword("app", "wrong sesame")
	for what, test := range map[string]struct {
		url  *url.URL
		says []string
	}{
		"another authority": {byTLS(server, "127.0.0.1", others, own), []string{"no trust", "unknown authority", "sslrootcert"}},
		"another name":      {byTLS(server, "localhost", ours, own), []string{"no trust", "certificate is not valid for any names, but wanted to match localhost"}},
		"no certificate":    {byTLS(server, "127.0.0.1", ours, servertest.Certificate{}), []string{`refuses user "app"`, "valid client certificate"}},
		"foreign certificate": {
			byTLS(server, "127.0.0.1", ours, others.Issue(t, "app")), []string{"no trust", "unknown certificate authority", "sslcert"},
		},
		"expired certificate": {
			byTLS(server, "127.0.0.1", ours, ours.IssueUntil(t, time.Now().Add(-time.Hour), "app")), []string{"no trust", "expired certificate"},
		},
		"no TLS":         {&without, []string{`refuses user "app"`, "no encryption"}},
		"wrong password": {&wrong, []string{`refuses user "app"`, "check user and password in DATABASE_URL"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := postgres.Open(t.Context(), parsed(t, test.url.String()), group, postgres.InsertOnce)
			for _, text := range test.says {
				require.ErrorContains(t, err, text)
			}
			require.NotContains(t, err.Error(), "sesame")
		})
	}
}

func TestServersCertificateThatHasExpired(t *testing.T) {
	t.Parallel()
	authority := servertest.NewAuthority(t)
	server := secured(t, authority, authority.IssueUntil(t, time.Now().Add(-time.Hour), "server", "127.0.0.1"))
	_, err := postgres.Open(t.Context(), parsed(t, byTLS(server, "127.0.0.1", authority, authority.Issue(t, "app")).String()),
		group, postgres.InsertOnce)
	require.ErrorContains(t, err, "no trust between this client and PostgreSQL")
	require.ErrorContains(t, err, "has expired")
}
