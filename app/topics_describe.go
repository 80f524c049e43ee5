package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"orderflow/infra/kafka"
)

type topicsDescribe struct {
	topicCommand
	All bool `group:"output" help:"Show all settings, also those with their default value."`
}

// describedTopic is the result of `topics describe`.
type describedTopic struct {
	Topic      string               `json:"topic"`
	Replicas   int                  `json:"replicas"`
	Partitions []describedPartition `json:"partitions"`
	Settings   map[string]string    `json:"settings"`
	Overrides  []string             `json:"overrides"` // the settings that were set for this topic
	Warnings   []string             `json:"warnings"`

	all bool
}

type describedPartition struct {
	Partition int32   `json:"partition"`
	Leader    int32   `json:"leader"` // -1 while there is none
	Replicas  []int32 `json:"replicas"`
	InSync    []int32 `json:"in_sync"`
	Oldest    int64   `json:"oldest"` // offset; -1 if unknown
	End       int64   `json:"end"`    // the offset that the next record gets; -1 if unknown
	Records   int64   `json:"records"`
}

// Run is called by kong.
func (c *topicsDescribe) Run(s surroundings) error {
	return c.with(s, func(admin *kafka.Admin) (textWriter, error) {
		topic, err := admin.DescribeTopic(s.ctx, c.Topic)
		if err != nil {
			return nil, err
		}
		result := describedTopic{
			Topic: topic.Name, Replicas: topic.Replicas, Settings: topic.Configs,
			Overrides: append([]string{}, topic.Overrides...), Warnings: append([]string{}, warnings(topic)...), all: c.All,
		}
		extents, err := admin.Extents(s.ctx, c.Topic)
		if err != nil { // such as that a partition has no leader, which is what to show
			result.Warnings = append(result.Warnings, err.Error())
		}
		for _, p := range topic.Layout {
			held, known := extents[p.Partition]
			if !known {
				held = kafka.Extent{Start: -1, End: -1}
			}
			result.Partitions = append(result.Partitions, describedPartition{
				p.Partition, p.Leader, p.Replicas, p.InSync, held.Start, held.End, held.End - held.Start,
			})
		}
		return result, nil
	})
}

// warnings says what of a topic may lose orders or holds them up.
func warnings(topic kafka.Topic) []string {
	var found []string
	if topic.Compacted() {
		found = append(found, compactedWarning(topic))
	}
	for _, p := range topic.Layout {
		switch {
		case p.Leader < 0:
			found = append(found, fmt.Sprintf("partition %d has no leader: its records can neither be read nor written until a replica is back", p.Partition))
		case len(p.InSync) < topic.MinInsync():
			found = append(found, fmt.Sprintf("partition %d has %d replicas in sync, fewer than %s=%d: Kafka refuses new records until more are",
				p.Partition, len(p.InSync), kafka.MinInsyncReplicas, topic.MinInsync()))
		case len(p.InSync) < len(p.Replicas):
			found = append(found, fmt.Sprintf("partition %d has only %d of its %d replicas in sync", p.Partition, len(p.InSync), len(p.Replicas)))
		}
	}
	return found
}

// compactedWarning says what compaction does to orders, and how to stop it.
func compactedWarning(topic kafka.Topic) string {
	return fmt.Sprintf("topic %s has %s=%s: Kafka deletes a user's orders, read or not, when there is a newer one; stop that with "+
		"`go run ./app topics retention --topic %s --ms %s --stop-compaction`",
		topic.Name, kafka.CleanupPolicy, topic.Configs[kafka.CleanupPolicy], topic.Name, topic.Configs[kafka.RetentionMS])
}

// telling are the settings that matter to orders also when they have their defaults.
var telling = []string{kafka.CleanupPolicy, kafka.MaxMessageBytes, kafka.MinInsyncReplicas, kafka.RetentionMS}

func (t describedTopic) writeText(w io.Writer) {
	fmt.Fprintf(w, "topic %s: %d partitions, %d replicas\n", t.Topic, len(t.Partitions), t.Replicas)
	partitions := newTable(table.Row{"partition", "leader", "replicas", "in sync", "oldest", "end", "records"})
	for _, p := range t.Partitions {
		row := table.Row{p.Partition, p.Leader, listed(p.Replicas), listed(p.InSync), p.Oldest, p.End, p.Records}
		if p.End < 0 { // unknown
			row = append(row[:4], "-", "-", "-")
		}
		partitions.AppendRow(row)
	}
	fmt.Fprintln(w, partitions.Render())

	names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(t.Overrides, telling))))
	if t.all {
		names = slices.Sorted(maps.Keys(t.Settings))
	}
	settings := newTable(table.Row{"setting", "value", "set for"})
	for _, name := range names {
		whom := ""
		if slices.Contains(t.Overrides, name) {
			whom = "this topic"
		}
		settings.AppendRow(table.Row{name, t.Settings[name], whom})
	}
	fmt.Fprintln(w, settings.Render())
	for _, warning := range t.Warnings {
		fmt.Fprintln(w, "warning: "+warning)
	}
}

func newTable(header table.Row) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(header)
	return t
}

// listed writes 0 1 2 without brackets.
func listed(numbers []int32) string {
	return strings.Trim(fmt.Sprint(numbers), "[]")
}
