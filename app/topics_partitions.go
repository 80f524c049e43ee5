package main

import (
	"fmt"
	"io"

	"orderflow/infra/kafka"
)

type topicsPartitions struct {
	topicCommand
	Count int32 `group:"kafka" help:"How many partitions it shall have in all." placeholder:"N"`
}

// Validate is called by kong.
func (c *topicsPartitions) Validate() error {
	if err := checkPartitions("--count", c.Count); err != nil {
		return err
	}
	return c.topicFlags.Validate()
}

// grownTopic is the result of `topics partitions`.
type grownTopic struct {
	Topic      string `json:"topic"`
	Before     int    `json:"partitions_before"`
	Partitions int    `json:"partitions"`
}

// Run is called by kong.
func (c *topicsPartitions) Run(s surroundings) error {
	return c.with(s, func(admin *kafka.Admin) (textWriter, error) {
		topic, err := admin.DescribeTopic(s.ctx, c.Topic)
		if err != nil {
			return nil, err
		}
		result := grownTopic{c.Topic, topic.Partitions, int(c.Count)}
		switch {
		case result.Before > result.Partitions:
			return nil, fmt.Errorf("topic %s has %d partitions: Kafka cannot take any away, only add; "+
				"for fewer, make another topic", c.Topic, result.Before)
		case result.Before == result.Partitions:
			return result, nil
		}
		return result, admin.AddPartitions(s.ctx, c.Topic, c.Count)
	})
}

func (t grownTopic) writeText(w io.Writer) {
	if t.Before == t.Partitions {
		fmt.Fprintf(w, "topic %s has %d partitions already\n", t.Topic, t.Partitions)
		return
	}
	fmt.Fprintf(w, "topic %s had %d partitions, has %d now; processors that run take them up within a minute, from the first record\n",
		t.Topic, t.Before, t.Partitions)
	fmt.Fprintln(w, "New orders of a user may go to another partition than those before, and overtake those that still wait there.")
}
