//go:build apache

package main

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/apache"
	"orderflow/infra/embedded/servertest"
)

// secureKafka is a real broker that asks for a certificate and a password, and where
// each user is named after the command that it runs (secured).
type secureKafka struct {
	*apache.Cluster
	authority *servertest.Authority
	client    servertest.Certificate
	admin     *kadm.Client
}

func startSecureKafka(t *testing.T) secureKafka {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	s := secureKafka{authority: servertest.NewAuthority(t)}
	s.client = s.authority.Issue(t, "orders-client")
	broker := s.authority.Issue(t, "broker", "127.0.0.1")
	keys := filepath.Join(servertest.DataDir(t), "broker.pem")
	require.NoError(t, os.WriteFile(keys, []byte(broker.Key+broker.Cert), 0o600))
	var err error
	s.Cluster, err = apache.Start(ctx, apache.Options{Protocol: "SASL_SSL", Properties: func(int) map[string]string {
		return map[string]string{
			"ssl.keystore.type": "PEM", "ssl.keystore.location": keys,
			"ssl.truststore.type": "PEM", "ssl.truststore.location": s.authority.File,
			"listener.name.client.ssl.client.auth":                "required",
			"listener.name.client.sasl.enabled.mechanisms":        "SCRAM-SHA-512",
			"listener.name.client.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
			"authorizer.class.name":                               "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		}
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Admin()...))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	s.admin = kadm.NewClient(client)
	for _, command := range secured {
		user := command.name
		upserted, err := s.admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{
			{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: "sesame of " + user},
		})
		require.NoError(t, err)
		require.NoError(t, upserted.Error())
		for _, acl := range command.rights {
			created, err := s.admin.CreateACLs(ctx, acl.builder(user))
			require.NoError(t, err)
			require.NoError(t, created[0].Err)
		}
	}
	return s
}

// as runs a command as the user of that name, and returns what it has said.
func (s secureKafka) as(t *testing.T, user, database string, change map[string]string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "orderflow", args...)
	command.Env = os.Environ()
	settings := map[string]string{
		"KAFKA_BOOTSTRAP": strings.Join(s.Bootstrap(), ","), "DATABASE_URL": database,
		"KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_USERNAME": user, "KAFKA_PASSWORD": "sesame of " + user,
		"KAFKA_CA_FILE": s.authority.File, "KAFKA_CERT_FILE": s.client.CertFile, "KAFKA_KEY_FILE": s.client.KeyFile,
	}
	maps.Copy(settings, change)
	for name, value := range settings {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	require.NotContains(t, string(output), "sesame")
	return string(output), err
}

func TestApacheKafkaRefusesWrongPasswordsAndCertificates(t *testing.T) {
	t.Parallel()
	kafka := startSecureKafka(t)
	expired := kafka.authority.IssueUntil(t, time.Now().Add(-time.Hour), "orders-client")
	foreign := servertest.NewAuthority(t).Issue(t, "orders-client")
	for what, test := range map[string]struct {
		change map[string]string
		want   string
	}{
		"wrong password":      {map[string]string{"KAFKA_PASSWORD": "wrong"}, `refuses the credentials of user "processor"`},
		"expired certificate": {map[string]string{"KAFKA_CERT_FILE": expired.CertFile, "KAFKA_KEY_FILE": expired.KeyFile}, "has expired on"},
		"foreign certificate": {map[string]string{"KAFKA_CERT_FILE": foreign.CertFile, "KAFKA_KEY_FILE": foreign.KeyFile}, "KAFKA_CERT_FILE"},
	} {
		for _, inFlight := range []string{"1", "100"} {
			said, err := kafka.as(t, "processor", servertest.Database(t), test.change, "processor", "--in-flight", inFlight)
			require.Error(t, err, what)
			require.Len(t, regexp.MustCompile(`(?m)^error: `).FindAllString(said, -1), 1, said)
			require.Contains(t, said, test.want)
		}
	}
}
