package middleware

import (
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"
)

// AttemptsKey is the metadata, and the header of a dead letter, that counts how
// often the handler has failed with the message, redrives included.
const AttemptsKey = "dlq_attempts"

// Attempts counts the calls of the handler that fail in the message's metadata.
// One that succeeds is the last, and nobody reads its count: it costs nothing.
func Attempts(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		produced, err := next(msg)
		if err != nil {
			count(msg)
		}
		return produced, err
	}
}

func count(msg *message.Message) {
	attempts, err := strconv.ParseUint(msg.Metadata[AttemptsKey], 10, 31)
	if err != nil {
		attempts = 0 // the record came with a header of this name that is no count
	}
	msg.Metadata[AttemptsKey] = strconv.FormatUint(attempts+1, 10)
}
