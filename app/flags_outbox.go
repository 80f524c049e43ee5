package main

import (
	"fmt"

	"orderflow/infra/kafka"
)

// outboxFlags is what a processor announces, and how.
type outboxFlags struct {
	Outbox      bool   `group:"outbox" help:"Announce each new row: its event is written in the row's transaction and relayed to Kafka, at least once and in the order of each user."`
	OutboxTopic string `group:"outbox" help:"Topic of the events; by default that of the orders with .accepted." placeholder:"NAME"`
	DLQVia      string `name:"dlq-via" enum:"kafka,outbox" default:"kafka" group:"outbox" help:"How dead letters go: kafka sends them at once, outbox makes them durable in the database first." placeholder:"WAY"`
}

const viaOutbox = "outbox"

// relays reports whether there is anything to relay.
func (f outboxFlags) relays() bool {
	return f.Outbox || f.DLQVia == viaOutbox
}

// acceptedTopic is where the events of accepted orders go.
func (f handlingFlags) acceptedTopic() string {
	if f.OutboxTopic != "" {
		return f.OutboxTopic
	}
	return f.Topic + ".accepted"
}

// topicsWritten are the topics that a processor writes, by what is in them.
func (f handlingFlags) topicsWritten() map[string]string {
	topics := map[string]string{"dead letter": f.deadLetterTopic()}
	if f.Outbox {
		topics["event"] = f.acceptedTopic()
	}
	return topics
}

// checkOutbox checks the topic of the events.
func (f handlingFlags) checkOutbox() error {
	if f.Outbox && f.Handler != "persist" {
		return fmt.Errorf("--outbox: announces the rows that --handler persist writes, %s writes none", f.Handler)
	}
	if f.relays() && f.Transport != "kafka" {
		return fmt.Errorf("--outbox, --dlq-via outbox: relay to Kafka: leave them out with --transport %s", f.Transport)
	}
	if topic := f.acceptedTopic(); f.Outbox && (topic == f.Topic || topic == f.deadLetterTopic()) {
		return fmt.Errorf("--outbox-topic: must differ from the topics of the orders and of the dead letters, is %q", topic)
	}
	return kafka.CheckTopicName(f.acceptedTopic())
}
