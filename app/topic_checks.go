package main

import (
	"context"
	"fmt"
	"log/slog"

	"orderflow/infra/kafka"
)

// ensureTopics creates the topics that are missing. The dead-letter topic takes
// what the orders' topic takes, and its headers.
func ensureTopics(ctx context.Context, brokers kafka.Config, orders, deadLetters string, logger *slog.Logger) error {
	admin, err := kafka.NewAdmin(ctx, brokers)
	if err != nil {
		return err
	}
	defer admin.Close()
	source, err := ensureOrders(ctx, admin, orders, logger)
	if err != nil {
		return err
	}
	limit, err := kafka.WithRoomForHeaders(source)
	if err != nil {
		return err
	}
	if _, err := admin.EnsureTopic(ctx, deadLetters, int32(source.Partitions), limit); err != nil {
		return err
	}
	letters, err := admin.DescribeEnsured(ctx, deadLetters)
	if err != nil {
		return err
	}
	if letters.Compacted() {
		return fmt.Errorf("no dead letter is safe: %s", compactedWarning(letters))
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

// checkRights makes sure that a group's members may do what they are going to.
func checkRights(ctx context.Context, brokers kafka.Config, flags handlingFlags) error {
	admin, err := kafka.NewAdmin(ctx, brokers)
	if err != nil {
		return err
	}
	defer admin.Close()
	return admin.CheckRights(ctx, kafka.Rights{
		Read: []string{flags.Topic}, Write: []string{flags.deadLetterTopic()}, Group: flags.Group,
	})
}
