package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// explain says what an error of a first contact with the brokers means and what
// to do next.
func (c Config) explain(err error) error {
	brokers := strings.Join(c.Brokers, ",")
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errTooOld):
		return fmt.Errorf("the Kafka broker at %s %w", brokers, err)
	case refused(err):
		return fmt.Errorf("the Kafka broker at %s refuses the credentials of user %q: %w; "+
			"check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD", brokers, c.username(), err)
	case untrusted(err):
		return fmt.Errorf("no trust between this client and the Kafka broker at %s: %w; "+
			"check KAFKA_CA_FILE, which is to hold the authority of the broker's certificate, KAFKA_CERT_FILE and KAFKA_KEY_FILE, "+
			"whose authority the broker must know, the names in KAFKA_BOOTSTRAP, and that neither certificate has expired", brokers, err)
	case hungUp(err):
		return fmt.Errorf("the Kafka broker at %s closes the connection: %w; it may want TLS (KAFKA_TLS=true), "+
			"want other credentials than those of user %q (KAFKA_SASL_MECHANISM, KAFKA_USERNAME, KAFKA_PASSWORD), "+
			"or the port is not Kafka's", brokers, err, c.username())
	default:
		return fmt.Errorf("no Kafka broker answers at %s: %w; "+
			"start one with `docker compose up -d` or `go run ./app dev --infra-only`, or set KAFKA_BOOTSTRAP", brokers, err)
	}
}

func (c Config) username() string {
	if c.SASL == nil {
		return ""
	}
	return c.SASL.Username
}

func refused(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism) ||
		errors.Is(err, sarama.ErrSASLAuthenticationFailed) || errors.Is(err, sarama.ErrUnsupportedSASLMechanism)
}

// hungUp reports whether the broker ended the connection without a word. Kafka
// does so when it expects TLS or SASL first, and some do on a wrong password.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// TooLarge reports whether the broker refused a message because of its size
// (max.message.bytes of the topic).
func TooLarge(err error) bool {
	return errors.Is(err, sarama.ErrMessageSizeTooLarge) || errors.Is(err, kerr.MessageTooLarge)
}

// Refused reports whether the error is one that a message will always meet: it is
// too large, its topic takes no such records, or its headers cannot be read.
func Refused(err error) bool {
	return TooLarge(err) || errors.Is(err, kerr.InvalidRecord) || errors.Is(err, kerr.InvalidTimestamp) || errors.Is(err, errHeaders)
}

// explainSend says what a refusal of the brokers to take a record means, where their
// words leave that open, and what to do next.
func explainSend(topic string, err error) error {
	_, unreachable := errors.AsType[*net.OpError](err)
	switch {
	case unreachable, isAny(err, sarama.ErrNotEnoughReplicas, sarama.ErrNotEnoughReplicasAfterAppend,
		kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend, kgo.ErrRecordTimeout):
		return fmt.Errorf("%w; a broker is down or behind: `go run ./app topics describe --topic %s` says which partitions miss it", err, topic)
	case isAny(err, sarama.ErrInvalidTimestamp, kerr.InvalidTimestamp):
		return fmt.Errorf("%w; set the clock of this machine: it is further from the broker's than topic %s allows "+
			"(message.timestamp.before.max.ms, message.timestamp.after.max.ms)", err, topic)
	default:
		return err
	}
}
