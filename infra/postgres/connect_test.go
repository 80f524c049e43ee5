package postgres_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

func TestUnreadableURLDoesNotTellThePassword(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range map[string]string{
		"bad escape":              "postgres://ann:sesame%ZZ@host/db",
		"no port":                 "postgres://ann:sesame@host:99x/db",
		"a slash in the password": "postgres://ann:sesame/7@host/db",
		"a hash in the password":  "postgres://ann:sesame#7@host/db",
		"a quote in the password": `postgres://ann:"sesame"@host/db`,
		"a blank before":          " postgres://ann:sesame@host/db",
		"another scheme":          "mysql://ann:sesame@host/db",
		"no scheme":               "ann:sesame@host/db",
		"a blank in the password": "user=ann password=open sesame host=host",
		"an open quote":           "user=ann password='open sesame host=host",
		"a comma in the password": "postgres://ann:se,sa:me/sesame@host/db",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := postgres.ParseURL(databaseURL)
			require.ErrorContains(t, err, "DATABASE_URL cannot be read")
			require.ErrorContains(t, err, "postgres://user:password@host:5432/database")
			require.NotContains(t, err.Error(), "sesame")
		})
	}
}

func TestUnusableSettingIsNamed(t *testing.T) {
	t.Parallel()
	_, err := postgres.ParseURL("postgres://ann:sesame@host/db?sslmode=perhaps")
	require.ErrorContains(t, err, "sslmode")
	require.ErrorContains(t, err, "perhaps")
	require.NotContains(t, err.Error(), "sesame")
}

func TestFirstContactThatFailsSaysWhatToDo(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	server, err := url.Parse(databaseURL)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		edit func(*url.URL)
		says []string
	}{
		"wrong password": {
			func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "sesame") },
			[]string{server.Host, `user "` + server.User.Username() + `"`, "check user and password in DATABASE_URL"},
		},
		"no such user": {
			func(u *url.URL) { u.User = url.UserPassword("ann", "sesame") },
			[]string{server.Host, `user "ann"`, "check user and password in DATABASE_URL"},
		},
		"no such database": {
			func(u *url.URL) { u.Path = "/nowhere" },
			[]string{server.Host, `no database "nowhere"`, "createdb nowhere", "DATABASE_URL"},
		},
		"nobody listens": { // tcpmux, which nobody serves
			func(u *url.URL) { u.Host, u.User = "127.0.0.1:1", url.UserPassword("ann", "sesame") },
			[]string{"no PostgreSQL answers at 127.0.0.1:1", "docker compose up -d", "dev --infra-only", "DATABASE_URL"},
		},
		"TLS to a server without": {
			func(u *url.URL) { u.RawQuery = "sslmode=require" },
			[]string{server.Host, "does not speak TLS", "sslmode=disable"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := postgres.ParseURL(edited(t, databaseURL, test.edit))
			require.NoError(t, err)
			_, err = postgres.Open(t.Context(), config, group, postgres.InsertOnce)
			for _, text := range test.says {
				require.ErrorContains(t, err, text)
			}
			require.NotContains(t, err.Error(), "sesame")
		})
	}
}
