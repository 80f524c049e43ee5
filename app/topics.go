package main

import (
	"encoding/json"
	"fmt"
	"io"

	"orderflow/infra/kafka"
)

// topicsCommand is `topics`.
type topicsCommand struct {
	Ensure     topicsEnsure     `cmd:"" help:"Create a topic unless it is there."`
	Describe   topicsDescribe   `cmd:"" help:"Show where the partitions of a topic are, what they hold, and its settings."`
	Partitions topicsPartitions `cmd:"" help:"Add partitions to a topic."`
	Retention  topicsRetention  `cmd:"" help:"Change how long a topic keeps its records."`
}

// topicCommand is what the commands about one topic have in common.
type topicCommand struct {
	kafkaFlags
	topicFlags
	JSON bool `name:"json" group:"output" help:"Print one JSON object."`
}

// maxPartitions bounds what this program asks for; a broker carries a few thousand.
const maxPartitions = 10_000

func checkPartitions(flag string, n int32) error {
	if n < 1 || n > maxPartitions {
		return fmt.Errorf("%s: must be 1 to %d, is %d", flag, maxPartitions, n)
	}
	return nil
}

// with calls do with a connection to Kafka, and writes what it returns: as JSON, or
// as text.
func (c topicCommand) with(s surroundings, do func(*kafka.Admin) (textWriter, error)) error {
	return withAdmin(s, c.kafkaFlags, func(admin *kafka.Admin) error {
		result, err := do(admin)
		if err != nil {
			return err
		}
		return writeResult(s.stdout, result, c.JSON)
	})
}

// textWriter is a result: its exported fields for programs, its text for people.
type textWriter interface {
	writeText(w io.Writer)
}

func writeResult(w io.Writer, result textWriter, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(result)
	}
	result.writeText(w)
	return nil
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
