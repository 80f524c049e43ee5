package main

import (
	"fmt"
	"io"

	"orderflow/infra/kafka"
)

type topicsEnsure struct {
	topicCommand
	Partitions int32 `default:"3" group:"kafka" help:"Least partitions it shall have. An existing topic is left as it is." placeholder:"N"`
}

// Validate is called by kong.
func (c *topicsEnsure) Validate() error {
	if err := checkPartitions("--partitions", c.Partitions); err != nil {
		return err
	}
	return c.topicFlags.Validate()
}

// ensuredTopic is the result of `topics ensure`.
type ensuredTopic struct {
	Topic      string `json:"topic"`
	Created    bool   `json:"created"`
	Partitions int    `json:"partitions"`
	Replicas   int    `json:"replicas"`
}

// Run is called by kong.
func (c *topicsEnsure) Run(s surroundings) error {
	return c.with(s, func(admin *kafka.Admin) (textWriter, error) {
		created, err := admin.EnsureTopic(s.ctx, c.Topic, c.Partitions, nil)
		if err != nil {
			return nil, err
		}
		topic, err := admin.DescribeEnsured(s.ctx, c.Topic)
		if err != nil {
			return nil, err
		}
		if topic.Partitions < int(c.Partitions) {
			return nil, fmt.Errorf("topic %s has %d partitions, not the %d asked for, and is left as it is, for with more "+
				"partitions a key's orders go elsewhere: if that is what you want, run `go run ./app topics partitions --topic %s --count %d`",
				c.Topic, topic.Partitions, c.Partitions, c.Topic, c.Partitions)
		}
		return ensuredTopic{c.Topic, created, topic.Partitions, topic.Replicas}, nil
	})
}

func (t ensuredTopic) writeText(w io.Writer) {
	did := "was there already"
	if t.Created {
		did = "created"
	}
	fmt.Fprintf(w, "topic %s %s: %d partitions, %d replicas\n", t.Topic, did, t.Partitions, t.Replicas)
}
