package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"orderflow/app/verify"
	"orderflow/infra/kafka"
)

// verifyCommand is `verify`.
type verifyCommand struct {
	kafkaFlags
	databaseFlags

	Ledger   string `required:"" group:"orders" help:"What the generator wrote with its --ledger." placeholder:"FILE"`
	Group    string `name:"group-id" env:"GROUP_ID" default:"order-processor" group:"group" help:"Consumer group whose rows and dead letters are judged." placeholder:"ID"`
	Delivery string `enum:"at-most-once,auto-commit,at-least-once,exactly-once" default:"exactly-once" group:"delivery" help:"Guarantee that the group had, and so what counts as broken: at-most-once, auto-commit, at-least-once or exactly-once." placeholder:"NAME"`
	DLQTopic string `name:"dlq-topic" group:"failures" help:"Topic of the dead letters; by default that of the orders with .dlq." placeholder:"NAME"`
	JSON     bool   `name:"json" group:"output" help:"Print the report as one JSON object."`
}

// Validate is called by kong.
func (c *verifyCommand) Validate() error {
	if c.DLQTopic == "" {
		return nil
	}
	return kafka.CheckTopicName(c.DLQTopic)
}

// Run is called by kong.
func (c *verifyCommand) Run(s surroundings) error {
	brokers, err := c.kafkaFlags.config()
	if err != nil {
		return err
	}
	database, err := c.databaseFlags.config()
	if err != nil {
		return err
	}
	report, err := verify.Run(s.ctx, verify.Input{
		Ledger: c.Ledger, Kafka: brokers, DeadLetters: c.DLQTopic, Database: database, Group: c.Group,
	})
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
