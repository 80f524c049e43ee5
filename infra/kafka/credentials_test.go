package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// broker starts a broker for one test, with a topic "orders".
func broker(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, Config) {
	t.Helper()
	cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))...)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return cluster, Config{Brokers: cluster.ListenAddrs()}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []sarama.SASLMechanism{sarama.SASLTypePlaintext, sarama.SASLTypeSCRAMSHA256, sarama.SASLTypeSCRAMSHA512} {
		t.Run(string(mechanism), func(t *testing.T) {
			t.Parallel()
			_, none := broker(t, kfake.EnableSASL(), kfake.Superuser(string(mechanism), "orders-app", "correct horse"))
			right, wrong := none, none
			right.SASL = &SASL{Mechanism: mechanism, Username: "orders-app", Password: "correct horse"}
			wrong.SASL = &SASL{Mechanism: mechanism, Username: "orders-app", Password: "battery staple"}
			for name, contact := range contacts {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					require.NoError(t, contact(t.Context(), right))
					err := contact(t.Context(), wrong)
					require.ErrorContains(t, err, `of user "orders-app"`)
					require.ErrorContains(t, err, "KAFKA_PASSWORD")
					require.NotContains(t, err.Error(), "battery staple")
					require.ErrorContains(t, contact(t.Context(), none), "KAFKA_SASL_MECHANISM")
				})
			}
		})
	}
}

// The embedded broker hangs up on wrong credentials. Apache Kafka answers: this
// one does so in its place.
func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	for by, refuse := range map[string]func(kmsg.Request) kmsg.Response{
		"mechanism": func(request kmsg.Request) kmsg.Response {
			response, ok := request.ResponseKind().(*kmsg.SASLHandshakeResponse)
			if !ok {
				return nil
			}
			response.ErrorCode = kerr.UnsupportedSaslMechanism.Code
			return response
		},
		"password": func(request kmsg.Request) kmsg.Response {
			response, ok := request.ResponseKind().(*kmsg.SASLAuthenticateResponse)
			if !ok {
				return nil
			}
			response.ErrorCode = kerr.SaslAuthenticationFailed.Code
			return response
		},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			cluster, config := broker(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "orders-app", "correct horse"))
			cluster.Control(func(request kmsg.Request) (kmsg.Response, error, bool) {
				cluster.KeepControl()
				response := refuse(request)
				return response, nil, response != nil
			})
			config.SASL = &SASL{Mechanism: sarama.SASLTypePlaintext, Username: "orders-app", Password: "correct horse"}
			for name, contact := range contacts {
				if by == "mechanism" && (name == "publisher" || name == "subscriber") {
					continue // sarama does not tell; the commands ask the admin first
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					require.ErrorContains(t, contact(t.Context(), config), `refuses the credentials of user "orders-app"`)
				})
			}
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	// Of the HTTP server only its certificate is used.
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	_, plain := broker(t, kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates}))
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
