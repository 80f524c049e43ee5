package middleware

import (
	"fmt"
	"log/slog"
	"unicode/utf8"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"orderflow/handlers"
)

// maxReason bounds the text of the cause in a dead letter, in bytes.
const maxReason = 1 << 10

// deadLetterPublisher is what the poison queue publishes on.
type deadLetterPublisher struct {
	DeadLetter
	limiter *limiter
}

// Close does nothing: the publisher belongs to who made it.
func (p deadLetterPublisher) Close() error { return nil }

// Publish sends dead letters.
func (p deadLetterPublisher) Publish(topic string, messages ...*message.Message) error {
	for _, msg := range messages {
		if err := p.publish(topic, msg); err != nil {
			return err
		}
	}
	return nil
}

func (p deadLetterPublisher) publish(topic string, msg *message.Message) error {
	source, _ := handlers.SourceOf(msg.Context())
	reason := shorten(msg.Metadata[middleware.ReasonForPoisonedKey])
	if p.limiter.exceeds() {
		p.limiter.note(true)
		err := fmt.Errorf("%w: more than %s of the messages failed, the last with %q; "+
			"nothing was committed for it. Mend the cause, or raise --dlq-limit", ErrLimit, p.Limit, reason)
		p.Exceeded(err)
		return err
	}

	msg.Metadata[middleware.ReasonForPoisonedKey] = reason
	err := p.Publisher.Publish(topic, msg)
	if err != nil && p.TooLarge(err) {
		// The cause can be found again by handling the message, the data cannot.
		delete(msg.Metadata, middleware.ReasonForPoisonedKey)
		err = p.Publisher.Publish(topic, msg)
	}
	if err != nil {
		return fmt.Errorf("publish the dead letter of %s to %s: %w", source, topic, err)
	}

	// Noted only now: a message that comes again because the topic could not take
	// it is not one failure more.
	p.limiter.note(true)
	class := handlers.Class(msg.Metadata[ErrorClassKey])
	p.Logger.Warn("dead letter", slog.String("record", source.String()), slog.String("error_class", string(class)), slog.String("reason", reason))
	if p.Published != nil {
		p.Published(source, class)
	}
	return nil
}

// shorten cuts a reason to maxReason bytes, between two characters.
func shorten(reason string) string {
	const ellipsis = " ..."
	if len(reason) <= maxReason {
		return reason
	}
	cut := maxReason - len(ellipsis)
	for cut > 0 && !utf8.RuneStart(reason[cut]) {
		cut--
	}
	return reason[:cut] + ellipsis
}
