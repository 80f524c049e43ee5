package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
)

// broker starts a broker for one test, with a topic "orders".
func broker(t *testing.T, opts ...kfake.Opt) Config {
	t.Helper()
	cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))...)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return Config{Brokers: cluster.ListenAddrs()}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []sarama.SASLMechanism{sarama.SASLTypePlaintext, sarama.SASLTypeSCRAMSHA256, sarama.SASLTypeSCRAMSHA512} {
		t.Run(string(mechanism), func(t *testing.T) {
			t.Parallel()
			right := broker(t, kfake.EnableSASL(), kfake.Superuser(string(mechanism), "orders-app", "correct horse"))
			right.SASL = &SASL{Mechanism: mechanism, Username: "orders-app", Password: "correct horse"}
			wrong := right
			wrong.SASL = &SASL{Mechanism: mechanism, Username: "orders-app", Password: "battery staple"}
			none := Config{Brokers: right.Brokers}
			for name, contact := range contacts {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					require.NoError(t, contact(t.Context(), right))
					err := contact(t.Context(), wrong)
					require.ErrorContains(t, err, `refuses the credentials of user "orders-app"`)
					require.ErrorContains(t, err, "KAFKA_PASSWORD")
					require.NotContains(t, err.Error(), "battery staple")
					require.ErrorContains(t, contact(t.Context(), none), "KAFKA_SASL_MECHANISM")
				})
			}
		})
	}
}

func TestAnotherMechanismIsRefused(t *testing.T) {
	t.Parallel()
	config := broker(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "orders-app", "correct horse"))
	config.SASL = &SASL{Mechanism: sarama.SASLTypePlaintext, Username: "orders-app", Password: "correct horse"}
	for name, contact := range contacts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, contact(t.Context(), config), "KAFKA_SASL_MECHANISM")
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	// Of the HTTP server only its certificate is used.
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	plain := broker(t, kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates}))
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	encrypted, untrusting := plain, plain
	encrypted.TLS = &tls.Config{RootCAs: trusted}
	untrusting.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	for name, contact := range contacts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, contact(t.Context(), encrypted))
			require.ErrorContains(t, contact(t.Context(), plain), "KAFKA_TLS=true")
			require.ErrorContains(t, contact(t.Context(), untrusting), "certificate")
		})
	}
}
