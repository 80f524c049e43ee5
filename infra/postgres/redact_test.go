package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/infra/postgres"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postgres://ann:sesame@db:5432/x?sslmode=require":    "postgres://ann:xxxxx@db:5432/x?sslmode=require",
		"postgres://ann@db/x?sslmode=require&password=s":     "postgres://ann@db/x?sslmode=require&password=xxxxx",
		"postgres://ann:sesame@a:1,b:2/x?connect_timeout=3":  "postgres://ann:xxxxx@/x?connect_timeout=3&host=a%2Cb&port=1%2C2",
		"postgres://ann:sesame@a,b/x":                        "postgres://ann:xxxxx@a,b/x",
		"postgres://ann@a:1,b:2/x":                           "postgres://ann@a:1,b:2/x",
		"postgres://ann@db/x?sslcert=c.pem&sslkey=/etc/k":    "postgres://ann@db/x?sslcert=c.pem&sslkey=/etc/k",
		"postgres://ann@db/x?sslinline=true&sslkey=-----BEG": "postgres://ann@db/x?sslinline=true&sslkey=xxxxx",
		"host=db user=ann password=sesame dbname=x":          "host=db user=ann password=xxxxx dbname=x",
		`host=db password = 'open \' sesame' dbname=x`:       "host=db password = xxxxx dbname=x",
		`host=db password=open\ sesame dbname=x`:             "host=db password=xxxxx dbname=x",
		"host=db user=ann":                                   "host=db user=ann",
		"postgres://ann:se%ZZsame@db/x":                      "xxxxx",
		"postgres://ann:se,sa:me/7@db/x":                     "xxxxx",
		"host=db password='sesame":                           "xxxxx",
	} {
		require.Equal(t, want, postgres.Redact(text, "xxxxx"), "of %s", text)
	}
}

// The law: whatever lib/pq takes for the password is not in what is shown.
func TestRedactLaw(t *testing.T) {
	t.Parallel()
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`, " ", `\ `, "\v", "\\\v", "\u00a0", "\\\u00a0", "\u3000", "\\\u3000")
	rapid.Check(t, func(t *rapid.T) {
		password := "zq" + rapid.StringOf(rapid.SampledFrom([]rune(`abc'"\ =@:/?#&,%`+"\v\u00a0\u3000ß"))).Draw(t, "password") + "qz"
		text := rapid.SampledFrom([]string{
			(&url.URL{Scheme: "postgres", User: url.UserPassword("ann", password), Host: "db", Path: "/x"}).String(),
			"postgresql://ann:" + url.QueryEscape(password) + "@a:1,b:2/x?sslmode=require",
			"postgres://ann@db/x?password=" + url.QueryEscape(password),
			"user=ann password='" + escape.Replace(password) + "' host=db",
			"user=ann password=" + escape.Replace(password) + " host=db",
			"user=ann\vpassword\u00a0=\u3000" + escape.Replace(password),
		}).Draw(t, "text")
		if !strings.Contains(text, "@a:1,b:2") { // which lib/pq cannot read itself
			config, err := pq.NewConfig(text)
			require.NoError(t, err)
			if !strings.Contains(text, "?password=") && !strings.Contains(text, "://") {
				require.Equal(t, password, config.Password)
			}
		}
		shown := postgres.Redact(text, "xxxxx")
		require.Contains(t, shown, "xxxxx")
		require.NotContains(t, shown, "zq")
		require.NotContains(t, shown, "qz")
	})
}
