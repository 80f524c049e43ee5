package kafka

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"orderflow/infra/embedded/servertest"
)

// A broker that asks for certificates of one authority.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	ours, others := servertest.NewAuthority(t), servertest.NewAuthority(t)
	_, plain := broker(t, kfake.TLS(ours.Server(t, ours.Issue(t, "broker", "127.0.0.1"))))
	with := func(ca *servertest.Authority, own servertest.Certificate) Config {
		config := plain
		var err error
		config.TLS, err = TLSFiles{CA: ca.File, Cert: own.CertFile, Key: own.KeyFile}.Config()
		require.NoError(t, err)
		return config
	}
	right := with(ours, ours.Issue(t, "orders-app"))
	foreign := with(ours, others.Issue(t, "orders-app"))
	none := with(ours, servertest.Certificate{})
	untrusting := with(others, ours.Issue(t, "orders-app"))
	for name, contact := range contacts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, contact(t.Context(), right))
			for what, config := range map[string]Config{"foreign": foreign, "none": none, "untrusting": untrusting} {
				err := contact(t.Context(), config)
				require.ErrorContains(t, err, "no trust between this client and the Kafka broker", what)
				require.ErrorContains(t, err, "KAFKA_CERT_FILE", what)
			}
		})
	}
}

func TestBrokersCertificate(t *testing.T) {
	t.Parallel()
	authority := servertest.NewAuthority(t)
	for what, certificate := range map[string]servertest.Certificate{
		"has expired":              authority.IssueUntil(t, time.Now().Add(-time.Hour), "broker", "127.0.0.1"),
		"certificate is valid for": authority.Issue(t, "broker", "127.0.0.2"),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			asking := authority.Server(t, certificate)
			asking.ClientAuth = 0
			_, config := broker(t, kfake.TLS(asking))
			var err error
			config.TLS, err = TLSFiles{CA: authority.File}.Config()
			require.NoError(t, err)
			for name, contact := range contacts {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					err := contact(t.Context(), config)
					require.ErrorContains(t, err, "no trust between this client and the Kafka broker")
					require.ErrorContains(t, err, what)
				})
			}
		})
	}
}

func TestExpiredCertificateIsNamed(t *testing.T) {
	t.Parallel()
	authority := servertest.NewAuthority(t)
	expired := authority.IssueUntil(t, time.Now().Add(-time.Hour), "orders-app")
	_, err := TLSFiles{CA: authority.File, Cert: expired.CertFile, Key: expired.KeyFile}.Config()
	require.ErrorContains(t, err, expired.CertFile+" has expired on ")
}

// A certificate that is renewed while the program runs is the next connection's.
func TestRenewedCertificateIsTaken(t *testing.T) {
	t.Parallel()
	authority := servertest.NewAuthority(t)
	_, config := broker(t, kfake.TLS(authority.Server(t, authority.Issue(t, "broker", "127.0.0.1"))))
	own, next := authority.Issue(t, "orders-app"), authority.Issue(t, "orders-app")
	var err error
	config.TLS, err = TLSFiles{CA: authority.File, Cert: own.CertFile, Key: own.KeyFile}.Config()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(own.CertFile, []byte(next.Cert), 0o600))
	require.ErrorContains(t, contacts["admin"](t.Context(), config), "private key does not match")
	require.NoError(t, os.WriteFile(own.KeyFile, []byte(next.Key), 0o600))
	require.NoError(t, contacts["admin"](t.Context(), config))
}

func TestTLSFilesThatAreNone(t *testing.T) {
	t.Parallel()
	authority := servertest.NewAuthority(t)
	own := authority.Issue(t, "orders-app")
	for want, files := range map[string]TLSFiles{
		"holds no certificate in PEM form": {CA: own.KeyFile},
		"no such file":                     {CA: own.KeyFile + ".missing"},
		"name both files":                  {CA: authority.File, Cert: own.CertFile},
		"read the client's certificate":    {Cert: own.KeyFile, Key: own.CertFile},
	} {
		_, err := files.Config()
		require.ErrorContains(t, err, want)
	}
}
