package middleware

import (
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// The headers of a dead letter beside Watermill's reason_poisoned,
// topic_poisoned, handler_poisoned, subscriber_poisoned and AttemptsKey.
// Original partition and offset identify it: a crash between publishing and
// acking publishes it again, and readers count it once.
const (
	OriginalPartitionKey = "dlq_original_partition"
	OriginalOffsetKey    = "dlq_original_offset"
	OriginalTimestampKey = "dlq_original_timestamp" // RFC 3339 with milliseconds, UTC
	GroupKey             = "dlq_group"
	ErrorClassKey        = "dlq_error_class" // a handlers.Class
	FailedAtKey          = "dlq_failed_at"   // RFC 3339 with milliseconds, UTC
)

const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// describe writes what is known about the failure into the message's metadata.
func describe(msg *message.Message, class handlers.Class, group string) {
	if source, ok := handlers.SourceOf(msg.Context()); ok {
		msg.Metadata[OriginalPartitionKey] = strconv.Itoa(int(source.Partition))
		msg.Metadata[OriginalOffsetKey] = strconv.FormatInt(source.Offset, 10)
		if source.Timestamp.UnixMilli() >= 0 { // else the record has none
			msg.Metadata[OriginalTimestampKey] = source.Timestamp.UTC().Format(timeFormat)
		}
	}
	msg.Metadata[GroupKey] = group
	msg.Metadata[ErrorClassKey] = string(class)
	msg.Metadata[FailedAtKey] = time.Now().UTC().Format(timeFormat)
}
