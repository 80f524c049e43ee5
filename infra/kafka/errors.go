package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	case refused(err):
		return fmt.Errorf("the Kafka broker at %s refuses the credentials of user %q: %w; "+
			"check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD", brokers, c.username(), err)
	case closedAtOnce(err):
		return fmt.Errorf("the Kafka broker at %s closes the connection at once: %w; "+
			"it may want TLS (KAFKA_TLS=true) or SASL (KAFKA_SASL_MECHANISM), or the port is not Kafka's", brokers, err)
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

func closedAtOnce(err error) bool {
	_, ok := errors.AsType[*kgo.ErrFirstReadEOF](err)
	return ok
}

// TooLarge reports whether the broker refused a message because of its size
// (max.message.bytes of the topic).
func TooLarge(err error) bool {
	return errors.Is(err, sarama.ErrMessageSizeTooLarge)
}
