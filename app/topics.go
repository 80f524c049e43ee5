package main

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"orderflow/infra/kafka"
)

// topicsCommand is `topics`.
type topicsCommand struct {
	Ensure    topicsEnsure    `cmd:"" help:"Create a topic unless it is there."`
	Describe  topicsDescribe  `cmd:"" help:"Show partitions and settings of a topic."`
	Retention topicsRetention `cmd:"" help:"Change how long a topic keeps its records."`
}

type topicsEnsure struct {
	kafkaFlags
	topicFlags
	Partitions int32 `default:"3" group:"kafka" help:"Partitions of a new topic; an existing one is left as it is." placeholder:"N"`
}

// Validate is called by kong.
func (c *topicsEnsure) Validate() error {
	if c.Partitions < 1 || c.Partitions > 10_000 {
		return fmt.Errorf("--partitions: must be 1 to 10000, is %d", c.Partitions)
	}
	return c.topicFlags.Validate()
}

// Run is called by kong.
func (c *topicsEnsure) Run(s surroundings) error {
	return withAdmin(s, c.kafkaFlags, func(admin *kafka.Admin) error {
		created, err := admin.EnsureTopic(s.ctx, c.Topic, c.Partitions, nil)
		if err != nil {
			return err
		}
		topic, err := admin.DescribeTopic(s.ctx, c.Topic)
		if err != nil {
			return err
		}
		did := "was there already"
		if created {
			did = "created"
		}
		fmt.Fprintf(s.stdout, "topic %s %s: %d partitions, %d replicas\n", c.Topic, did, topic.Partitions, topic.Replicas)
		return nil
	})
}

type topicsDescribe struct {
	kafkaFlags
	topicFlags
}

// Run is called by kong.
func (c *topicsDescribe) Run(s surroundings) error {
	return withAdmin(s, c.kafkaFlags, func(admin *kafka.Admin) error {
		topic, err := admin.DescribeTopic(s.ctx, c.Topic)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "topic %s: %d partitions, %d replicas\n", topic.Name, topic.Partitions, topic.Replicas)
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.AppendHeader(table.Row{"setting", "value"})
		for _, name := range topic.SortedConfigs() {
			t.AppendRow(table.Row{name, topic.Configs[name]})
		}
		fmt.Fprintln(s.stdout, t.Render())
		return nil
	})
}

type topicsRetention struct {
	kafkaFlags
	topicFlags
	MS int64 `name:"ms" required:"" group:"kafka" help:"How long records are kept, in milliseconds; --ms=-1 for ever." placeholder:"MILLISECONDS"`
}

// Validate is called by kong.
func (c *topicsRetention) Validate() error {
	if c.MS < -1 {
		return errors.New("--ms: must be 0 or more, or -1 for ever")
	}
	return c.topicFlags.Validate()
}

// Run is called by kong.
func (c *topicsRetention) Run(s surroundings) error {
	return withAdmin(s, c.kafkaFlags, func(admin *kafka.Admin) error {
		before, err := admin.DescribeTopic(s.ctx, c.Topic)
		if err != nil {
			return err
		}
		if err := admin.SetRetention(s.ctx, c.Topic, c.MS); err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "topic %s: %s was %s, is now %d; the broker deletes expired segments at its next check\n",
			c.Topic, kafka.RetentionMS, before.Configs[kafka.RetentionMS], c.MS)
		return nil
	})
}

func withAdmin(s surroundings, flags kafkaFlags, do func(*kafka.Admin) error) error {
	config, err := flags.config()
	if err != nil {
		return err
	}
	admin, err := kafka.NewAdmin(s.ctx, config)
	if err != nil {
		return err
	}
	defer admin.Close()
	return do(admin)
}
