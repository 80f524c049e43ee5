package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Topic is a topic as the brokers describe it.
type Topic struct {
	Name       string
	Partitions int
	Replicas   int
	// Configs are its settings by name, defaults included.
	Configs map[string]string
}

// The settings of a topic that this program reads or writes, by Kafka's names.
const (
	RetentionMS     = "retention.ms"
	MaxMessageBytes = "max.message.bytes"
)

// EnsureTopic creates a topic unless it exists; created says which. The brokers'
// default replication factor applies. An existing topic is left as it is, also
// when its partitions are others: adding some would move keys.
func (a *Admin) EnsureTopic(ctx context.Context, name string, partitions int32, configs map[string]string) (created bool, err error) {
	settings := make(map[string]*string, len(configs))
	for key, value := range configs {
		settings[key] = &value
	}
	_, err = a.client.CreateTopic(ctx, partitions, -1, settings, name)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, kerr.TopicAlreadyExists):
		return false, nil
	default:
		return false, fmt.Errorf("create topic %q with %d partitions: %w", name, partitions, err)
	}
}

// DescribeTopic returns what the brokers know of a topic.
func (a *Admin) DescribeTopic(ctx context.Context, name string) (Topic, error) {
	details, err := a.client.ListTopics(ctx, name)
	if err != nil {
		return Topic{}, fmt.Errorf("describe topic %q: %w", name, err)
	}
	detail := details[name]
	if errors.Is(detail.Err, kerr.UnknownTopicOrPartition) {
		return Topic{}, fmt.Errorf("there is no topic %q; create it with `go run ./app topics ensure --topic %s`", name, name)
	}
	if detail.Err != nil {
		return Topic{}, fmt.Errorf("describe topic %q: %w", name, detail.Err)
	}
	configs, err := a.topicConfigs(ctx, name)
	if err != nil {
		return Topic{}, err
	}
	return Topic{
		Name:       name,
		Partitions: len(detail.Partitions),
		Replicas:   detail.Partitions.NumReplicas(),
		Configs:    configs,
	}, nil
}

func (a *Admin) topicConfigs(ctx context.Context, name string) (map[string]string, error) {
	resources, err := a.client.DescribeTopicConfigs(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read the settings of topic %q: %w", name, err)
	}
	resource, err := resources.On(name, nil)
	if err != nil {
		return nil, fmt.Errorf("read the settings of topic %q: %w", name, err)
	}
	configs := make(map[string]string, len(resource.Configs))
	for _, config := range resource.Configs {
		configs[config.Key] = config.MaybeValue()
	}
	return configs, nil
}

// SetRetention changes how long a topic keeps its records, in milliseconds, -1
// for ever. Records expire when the broker next looks for old segments
// (log.retention.check.interval.ms), not at once.
func (a *Admin) SetRetention(ctx context.Context, name string, ms int64) error {
	return a.setConfig(ctx, name, RetentionMS, strconv.FormatInt(ms, 10))
}

func (a *Admin) setConfig(ctx context.Context, topic, key, value string) error {
	alter := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}
	responses, err := a.client.AlterTopicConfigs(ctx, alter, topic)
	if err == nil {
		_, err = responses.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		return fmt.Errorf("set %s of topic %q to %s: %w", key, topic, value, err)
	}
	return nil
}

// SortedConfigs returns the names of a topic's settings in order.
func (t Topic) SortedConfigs() []string {
	return slices.Sorted(maps.Keys(t.Configs))
}

// headerRoom is what the headers of a dead letter may add to a record, in bytes:
// a reason of 1 KiB and some short values, generously.
const headerRoom = 64 << 10

// WithRoomForHeaders returns the settings of a topic for the dead letters of
// source: it takes records larger by the headers.
func WithRoomForHeaders(source Topic) (map[string]string, error) {
	limit, err := strconv.Atoi(source.Configs[MaxMessageBytes])
	if err != nil {
		return nil, fmt.Errorf("read %s of topic %q: %w", MaxMessageBytes, source.Name, err)
	}
	// The setting is a signed integer of 32 bits.
	return map[string]string{MaxMessageBytes: strconv.Itoa(min(limit+headerRoom, math.MaxInt32))}, nil
}
