// Package kafka connects the pipeline to Apache Kafka: it publishes and
// subscribes through Watermill's interfaces, turns records into messages and
// back without losing a byte, and manages topics.
//
// An offset is committed in claim.go: it is marked when the message was acked,
// and what is marked is committed in the background, and always before a
// partition is given away.
package kafka
