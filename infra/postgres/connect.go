package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// connectTimeout bounds one attempt to connect, unless the URL says otherwise.
const connectTimeout = 5 * time.Second

// Config is how to reach the database.
type Config struct {
	settings pq.Config
}

// ParseURL reads a connection URL (postgres://user:password@host:port/database)
// or the form key=value, as libpq does, with libpq's environment variables for
// what is not said. Of several hosts (host1:port1,host2:port2) each connection
// takes the first that answers and is what target_session_attrs asks for.
func ParseURL(url string) (Config, error) {
	settings, err := pq.NewConfig(separatePorts(url))
	if err != nil {
		return Config{}, unreadable(err)
	}
	if settings.ConnectTimeout == 0 {
		settings.ConnectTimeout = connectTimeout
	}
	if settings.ApplicationName == "" {
		settings.ApplicationName = "orderflow"
	}
	return Config{settings: settings}, nil
}

// unreadable says what is wrong with a URL. Only what lib/pq says of one setting
// is repeated: other errors quote the text that cannot be split into settings, and
// the password may be anywhere in it.
func unreadable(err error) error {
	if strings.HasPrefix(err.Error(), "pq: ") {
		return fmt.Errorf("DATABASE_URL cannot be used: %w; correct that setting, or the environment variable it comes from", err)
	}
	return errors.New("DATABASE_URL cannot be read: write it as postgres://user:password@host:5432/database?sslmode=disable, " +
		"with %-escapes for what is neither letter nor digit in the password")
}

// address names the servers without the credentials.
func (c Config) address() string {
	addresses := []string{net.JoinHostPort(c.settings.Host, strconv.Itoa(int(c.settings.Port)))}
	for _, other := range c.settings.Multi {
		addresses = append(addresses, net.JoinHostPort(other.Host, strconv.Itoa(int(other.Port))))
	}
	return strings.Join(addresses, ",")
}

// open returns a pool without connecting. Unqualified names are those of schema.
func (c Config) open(schema string) (*sql.DB, error) {
	connector, err := c.connector(schema)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// withDefault returns the configuration with a setting of the sessions, unless it
// has one already.
func (c Config) withDefault(name, value string) Config {
	settings := c.settings.Clone()
	if _, set := settings.Runtime[name]; !set {
		settings.Runtime[name] = value
	}
	return Config{settings: settings}
}

func (c Config) connector(schema string) (*pq.Connector, error) {
	settings := c.settings.Clone()
	settings.Runtime["search_path"] = schema
	connector, err := pq.NewConnectorConfig(settings)
	if err != nil {
		return nil, fmt.Errorf("configure the connection to PostgreSQL at %s: %w", c.address(), err)
	}
	return connector, nil
}

// ping makes sure that the server answers and accepts the credentials.
func (c Config) ping(ctx context.Context, db *sql.DB) error {
	if err := db.PingContext(ctx); err != nil {
		return c.explain(err)
	}
	return nil
}

// untrusted reports whether one side does not accept the other's certificate.
// crypto/tls has no type for an alert that the server has sent.
func untrusted(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return verification || authority || invalid || strings.Contains(err.Error(), "remote error: tls:")
}

// explain says what an error of a first contact means and what to do next.
func (c Config) explain(err error) error {
	refused, answered := errors.AsType[*pq.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case answered && refused.Code.Class() == "28":
		return fmt.Errorf("PostgreSQL at %s refuses user %q: %w; check user and password in DATABASE_URL",
			c.address(), c.settings.User, err)
	case answered && refused.Code == "3D000":
		return fmt.Errorf("PostgreSQL at %s has no database %q: %w; create it with `createdb %s`, or correct DATABASE_URL",
			c.address(), c.settings.Database, err, c.settings.Database)
	case answered && refused.Code == insufficientPrivilege:
		return fmt.Errorf("PostgreSQL at %s does not let user %q use database %q: %w; it needs the rights CONNECT and TEMPORARY there, "+
			"which `go run ./app migrate --grant-to %s` grants with the others", c.address(), c.settings.User, c.settings.Database, err, c.settings.User)
	case errors.Is(err, pq.ErrSSLNotSupported):
		return fmt.Errorf("PostgreSQL at %s does not speak TLS: %w; add sslmode=disable to DATABASE_URL", c.address(), err)
	case untrusted(err):
		return fmt.Errorf("no trust between this client and PostgreSQL at %s: %w; check in DATABASE_URL sslrootcert, which is to hold the "+
			"authority of the server's certificate, sslcert and sslkey, whose authority the server must know, and the host's name, "+
			"and that neither certificate has expired", c.address(), err)
	case answered:
		return fmt.Errorf("PostgreSQL at %s cannot be used: %w", c.address(), err)
	default:
		return fmt.Errorf("no PostgreSQL answers at %s: %w; "+
			"start one with `docker compose up -d` or `go run ./app dev --infra-only`, or set DATABASE_URL", c.address(), err)
	}
}
