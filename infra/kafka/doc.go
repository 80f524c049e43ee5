// Package kafka connects the pipeline to Apache Kafka: it publishes and
// subscribes through Watermill's interfaces, turns records into messages and
// back without losing a byte, and manages topics.
//
// There are two subscribers. Subscriber is Watermill's, with one message of a
// partition in flight. WindowedSubscriber has many: window.go says which may be
// delivered and what may be committed, window_partition.go is a partition from its
// assignment to the end of its drain, window_subscription.go a member of the group.
//
// An offset is committed in claim.go and in window_commit.go: it is marked when
// the message was acked, and what is marked is committed in the background, and
// always before a partition is given away.
package kafka
