package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"orderflow/infra/kafka"
)

// prepare creates the topics that are missing. Those of dead letters and events take
// what the orders' takes, and headers.
func (k *kafkaTransport) prepare(ctx context.Context, flags handlingFlags) error {
	admin, err := kafka.NewAdmin(ctx, k.brokers)
	if err != nil {
		return err
	}
	defer admin.Close()
	source, err := ensureOrders(ctx, admin, flags.Topic, k.logger)
	if err != nil {
		return err
	}
	limit, err := kafka.WithRoomForHeaders(source)
	if err != nil {
		return err
	}
	written := flags.topicsWritten()
	for content, name := range written {
		if err := ensureWritten(ctx, admin, content, name, int32(source.Partitions), limit); err != nil {
			return err
		}
	}
	return admin.CheckRights(ctx, kafka.Rights{
		Read: []string{flags.Topic}, Write: slices.Sorted(maps.Values(written)), Group: flags.Group,
	})
}

func (k *kafkaTransport) prepareToSend(ctx context.Context, orders string) error {
	admin, err := kafka.NewAdmin(ctx, k.brokers)
	if err != nil {
		return err
	}
	defer admin.Close()
	topic, err := ensureOrders(ctx, admin, orders, k.logger)
	if err == nil && topic.Compacted() {
		err = fmt.Errorf("nothing was sent: %s", compactedWarning(topic))
	}
	if err != nil {
		return err
	}
	return admin.CheckRights(ctx, kafka.Rights{Write: []string{orders}})
}

// ensureWritten creates a topic of dead letters or events unless it is there, and
// refuses one that loses them.
func ensureWritten(ctx context.Context, admin *kafka.Admin, content, name string, partitions int32, settings map[string]string) error {
	if _, err := admin.EnsureTopic(ctx, name, partitions, settings); err != nil {
		return err
	}
	topic, err := admin.DescribeEnsured(ctx, name)
	if err != nil {
		return err
	}
	if topic.Compacted() {
		return fmt.Errorf("no %s is safe: %s", content, compactedWarning(topic))
	}
	return nil
}

// ensureOrders creates the topic of the orders unless it is there, and warns of what
// may lose orders in it or hold them up.
func ensureOrders(ctx context.Context, admin *kafka.Admin, name string, logger *slog.Logger) (kafka.Topic, error) {
	created, err := admin.EnsureTopic(ctx, name, partitions, nil)
	if err != nil {
		return kafka.Topic{}, err
	}
	topic, err := admin.DescribeEnsured(ctx, name)
	if err != nil {
		return kafka.Topic{}, err
	}
	if created {
		logger.Info("created the topic", slog.String("topic", name), slog.Int("partitions", topic.Partitions))
	}
	if topic.Partitions < partitions {
		logger.Warn("the topic has few partitions: no more members of a group than these have work",
			slog.String("topic", name), slog.Int("partitions", topic.Partitions))
	}
	for _, warning := range warnings(topic) {
		logger.Warn(warning, slog.String("topic", name))
	}
	return topic, nil
}
