package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
)

// AddPartitions raises the partitions of a topic to total. From then on the orders
// of a key may go to another partition than those before.
func (a *Admin) AddPartitions(ctx context.Context, name string, total int32) error {
	responses, err := a.client.UpdatePartitions(ctx, int(total), name)
	if err == nil {
		_, err = responses.On(name, func(r *kadm.CreatePartitionsResponse) error { return r.Err })
	}
	if err != nil {
		return fmt.Errorf("raise the partitions of topic %q to %d: %w", name, total, a.config.explainRight(err, opAlter, onTopic, name))
	}
	return nil
}

// SetRetention changes how long a topic keeps its records, in milliseconds, -1
// for ever. Records expire when the broker next looks for old segments
// (log.retention.check.interval.ms), not at once.
func (a *Admin) SetRetention(ctx context.Context, name string, ms int64) error {
	return a.setConfig(ctx, name, RetentionMS, strconv.FormatInt(ms, 10))
}

// StopCompaction lets a topic delete records by age alone (cleanup.policy=delete).
func (a *Admin) StopCompaction(ctx context.Context, name string) error {
	return a.setConfig(ctx, name, CleanupPolicy, "delete")
}

func (a *Admin) setConfig(ctx context.Context, topic, key, value string) error {
	alter := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}
	responses, err := a.client.AlterTopicConfigs(ctx, alter, topic)
	if err == nil {
		_, err = responses.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		return fmt.Errorf("set %s of topic %q to %s: %w", key, topic, value, a.config.explainRight(err, opAlterConfigs, onTopic, topic))
	}
	return nil
}

// Compacted reports whether Kafka deletes a record of the topic as soon as there is
// a newer one with its key.
func (t Topic) Compacted() bool {
	return slices.Contains(t.policies(), "compact")
}

// Expires reports whether Kafka deletes records of the topic by age.
func (t Topic) Expires() bool {
	return slices.Contains(t.policies(), "delete")
}

func (t Topic) policies() []string {
	return strings.Split(strings.ReplaceAll(t.Configs[CleanupPolicy], " ", ""), ",")
}

// MinInsync returns how many replicas of a partition must be in sync for Kafka to
// take what is to be acknowledged by all.
func (t Topic) MinInsync() int {
	replicas, err := strconv.Atoi(t.Configs[MinInsyncReplicas])
	if err != nil {
		return 1
	}
	return replicas
}
