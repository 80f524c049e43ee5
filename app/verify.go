package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"orderflow/app/records"
	"orderflow/app/verify"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres/messages"
)

// verifyCommand is `verify`.
type verifyCommand struct {
	transportFlags
	kafkaFlags
	databaseFlags

	Ledger   string `required:"" group:"orders" help:"What the generator wrote with its --ledger." placeholder:"FILE"`
	Group    string `name:"group-id" env:"GROUP_ID" default:"order-processor" group:"group" help:"Consumer group whose rows and dead letters are judged." placeholder:"ID"`
	Delivery string `enum:"at-most-once,auto-commit,at-least-once,exactly-once" default:"exactly-once" group:"delivery" help:"Guarantee that the group had, and so what counts as broken: at-most-once, auto-commit, at-least-once or exactly-once." placeholder:"NAME"`
	DLQTopic string `name:"dlq-topic" group:"failures" help:"Topic of the dead letters; by default that of the orders with .dlq." placeholder:"NAME"`
	Events   string `name:"outbox-topic" group:"outbox" help:"Hold the events in this topic against the rows, too: those of processors with --outbox." placeholder:"NAME"`
	JSON     bool   `name:"json" group:"output" help:"Print the report as one JSON object."`
}

// Validate is called by kong.
func (c *verifyCommand) Validate() error {
	if err := c.betweenProcesses(); err != nil || c.DLQTopic == "" {
		return err
	}
	return kafka.CheckTopicName(c.DLQTopic)
}

// Run is called by kong.
func (c *verifyCommand) Run(s surroundings) (err error) {
	in := verify.Input{Ledger: c.Ledger, DeadLetters: c.DLQTopic, EventsTopic: c.Events, Group: c.Group}
	if in.Database, err = c.databaseFlags.config(); err != nil {
		return err
	}
	if c.Transport == "postgres" {
		pool, err := in.Database.Pool(s.ctx, 1, nil)
		if err != nil {
			return err
		}
		defer pool.Close()
		in.Topics = records.NewPostgres(messages.NewTopics(pool))
	} else if in.Kafka, err = c.kafkaFlags.config(); err != nil {
		return err
	}
	report, err := verify.Run(s.ctx, in)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.stdout).Encode(report)
	} else {
		err = report.WriteText(s.stdout)
	}
	if err != nil {
		return err
	}
	promised := profileOf(c.Delivery).promises
	if broken := report.Broken(promised.neverLost, promised.neverDoubled); len(broken) > 0 {
		return fmt.Errorf("group %q does not keep what %s promises: %s", c.Group, c.Delivery, strings.Join(broken, "; "))
	}
	return nil
}
