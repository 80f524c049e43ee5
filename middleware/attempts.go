package middleware

import (
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"
)

// AttemptsKey is the metadata, and the header of a dead letter, that counts how
// often the handler was called with the message, redeliveries and redrives
// included.
const AttemptsKey = "dlq_attempts"

// Attempts counts the calls of the handler in the message's metadata.
func Attempts(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		// A value that is no number came with the record; counting starts anew.
		attempts, _ := strconv.Atoi(msg.Metadata[AttemptsKey])
		msg.Metadata[AttemptsKey] = strconv.Itoa(attempts + 1)
		return next(msg)
	}
}
