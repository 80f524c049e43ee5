package kafka

import (
	"crypto/tls"
	"fmt"
	"regexp"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// ClientID names this program in the broker's logs, metrics and quotas.
const ClientID = "orderflow"

// Config is how to reach the brokers. Every client of this package, sarama's
// and franz-go's, is made from it.
type Config struct {
	// Brokers are the bootstrap servers, host:port.
	Brokers []string
	// TLS, if not nil, encrypts the connections.
	TLS *tls.Config
	// SASL, if not nil, is how to authenticate.
	SASL *SASL
}

// SASL holds the credentials of a client.
type SASL struct {
	Mechanism sarama.SASLMechanism // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Username  string
	Password  string
}

// sarama returns the settings that publisher and subscriber share.
func (c Config) sarama() *sarama.Config {
	config := sarama.NewConfig()
	config.ClientID = ClientID
	// The newest version that sarama covers whole; Kafka 4 refuses clients
	// older than 2.1 (KIP-896), Watermill's default is 1.0.
	config.Version = sarama.V2_8_0_0
	config.Net.DialTimeout = dialTimeout
	// A topic is created on purpose, with its partitions, or not at all.
	config.Metadata.AllowAutoTopicCreation = false
	c.Secure(config)
	return config
}

// Secure adds TLS and SASL to the settings of a sarama client.
func (c Config) Secure(config *sarama.Config) {
	if c.TLS != nil {
		config.Net.TLS.Enable = true
		config.Net.TLS.Config = c.TLS
	}
	if c.SASL != nil {
		config.Net.SASL.Enable = true
		config.Net.SASL.Mechanism = c.SASL.Mechanism
		config.Net.SASL.User = c.SASL.Username
		config.Net.SASL.Password = c.SASL.Password
		config.Net.SASL.SCRAMClientGeneratorFunc = newSCRAMClient(c.SASL.Mechanism)
	}
}

// Franz returns the settings that every franz-go client needs to reach the brokers.
func (c Config) Franz() []kgo.Opt {
	opts := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.ClientID(ClientID)}
	if c.TLS != nil {
		opts = append(opts, kgo.DialTLSConfig(c.TLS))
	}
	if c.SASL != nil {
		opts = append(opts, kgo.SASL(c.SASL.franz()))
	}
	return opts
}

func (s SASL) franz() sasl.Mechanism {
	auth := scram.Auth{User: s.Username, Pass: s.Password}
	switch s.Mechanism {
	case sarama.SASLTypeSCRAMSHA256:
		return auth.AsSha256Mechanism()
	case sarama.SASLTypeSCRAMSHA512:
		return auth.AsSha512Mechanism()
	default:
		return plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism()
	}
}

var legalTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// CheckTopicName says why Kafka would refuse a topic of this name. The rule is
// that of org.apache.kafka.common.internals.Topic.
func CheckTopicName(name string) error {
	if !legalTopic.MatchString(name) || name == "." || name == ".." {
		return fmt.Errorf("%q cannot be the name of a topic: "+
			"use 1 to 249 of the characters a-z A-Z 0-9 . _ - (and not . or .. alone)", name)
	}
	return nil
}
