package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/twmb/franz-go/pkg/kerr"
)

// denied reports whether a broker does not let this client in, or do what it does.
// Nobody but a person changes that: trying again would be waiting in silence.
func denied(err error) bool {
	return refused(err) || untrusted(err) || unauthorized(err)
}

func unauthorized(err error) bool {
	return isAny(err, kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed,
		kerr.TransactionalIDAuthorizationFailed,
		sarama.ErrTopicAuthorizationFailed, sarama.ErrGroupAuthorizationFailed, sarama.ErrClusterAuthorizationFailed)
}

// untrusted reports whether one side does not accept the other's certificate.
func untrusted(err error) bool {
	_, ours := errors.AsType[*tls.CertificateVerificationError](err)
	_, theirs := errors.AsType[tls.AlertError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	// crypto/tls has no type for an alert that the other side has sent.
	return ours || theirs || invalid || err != nil && strings.Contains(err.Error(), "remote error: tls:")
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// explainDenied says what the subscriber of a group is refused and what to do next.
func (c SubscriberConfig) explainDenied(topic string, err error) error {
	switch {
	case !unauthorized(err):
		return c.explain(err)
	case isAny(err, kerr.GroupAuthorizationFailed, sarama.ErrGroupAuthorizationFailed):
		return fmt.Errorf("join consumer group %q: %w: %w", c.Group, err, c.lacks(opRead, onGroup, c.Group))
	default:
		return fmt.Errorf("read topic %q: %w: %w", topic, err, c.lacks(opRead, onTopic, topic))
	}
}

// deny tells Denied of an error that is one, and else the log.
func (c SubscriberConfig) deny(topic string, err error) {
	if !denied(err) {
		return
	}
	if err = c.explainDenied(topic, err); c.Denied != nil {
		c.Denied(err)
		return
	}
	c.Logger.Error("denied; trying again", slog.String("topic", topic), slog.Any("error", err))
}

// listener hears what Watermill's subscriber fails at, of which it tells its
// logger only, before it tries again.
type listener struct {
	watermill.LoggerAdapter
	failed func(topic string, err error)
}

func (l listener) Error(what string, err error, fields watermill.LogFields) {
	topic, _ := fields["topic"].(string)
	l.failed(topic, err)
	l.LoggerAdapter.Error(what, err, fields)
}

// With keeps on listening.
func (l listener) With(fields watermill.LogFields) watermill.LoggerAdapter {
	return listener{l.LoggerAdapter.With(fields), l.failed}
}
