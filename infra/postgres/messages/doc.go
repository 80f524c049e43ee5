// Package messages carries messages in PostgreSQL, for those who have no Kafka:
// watermill-sql's publisher and subscriber, with a table that keeps key, headers
// and value byte for byte.
//
// A topic is a table in the schema _topics, and how far each consumer group has
// come with it is a row of a table in the schema _offsets. Messages are delivered
// in the order of the transactions that wrote them, and only when no older
// transaction is under way, so that one which commits late is not skipped.
// The members of a group take turns: whoever holds the lock on the group's row
// handles a batch, one message after the other, and then commits how far it came.
//
// adapter.go is the table's SQL, subscription.go the life of a message from its
// delivery to its ack, turns.go how a member gets its turn.
package messages
