package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topic is a topic as the brokers describe it.
type Topic struct {
	Name       string
	Partitions int
	Replicas   int
	// Configs are its settings by name, defaults included; Overrides are the names
	// of those that were set for this topic, sorted.
	Configs   map[string]string
	Overrides []string
	// Layout says where the partitions are, in order.
	Layout []Placement
}

// Placement is the brokers that have a partition, by their ids.
type Placement struct {
	Partition int32
	Leader    int32 // -1 while there is none
	Replicas  []int32
	InSync    []int32 // the replicas that have all that is committed
}

// The settings of a topic that this program reads or writes, by Kafka's names.
const (
	RetentionMS       = "retention.ms"
	MaxMessageBytes   = "max.message.bytes"
	CleanupPolicy     = "cleanup.policy"
	MinInsyncReplicas = "min.insync.replicas"
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
		return true, a.awaitTopic(ctx, name)
	case errors.Is(err, kerr.TopicAlreadyExists):
		return false, a.awaitTopic(ctx, name)
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		// Who may not create topics is refused also where there is nothing to create.
		if exists, lookErr := a.topicExists(ctx, name); lookErr != nil || exists {
			return false, lookErr
		}
		return false, fmt.Errorf("create topic %q: %w", name, a.config.explainRight(err, opCreate, onTopic, name))
	default:
		return false, fmt.Errorf("create topic %q with %d partitions: %w", name, partitions, err)
	}
}

// topicExists reports whether there is a topic of this name, as the client has
// known it for a moment.
func (a *Admin) topicExists(ctx context.Context, name string) (bool, error) {
	details, err := a.client.ListTopics(ctx, name)
	if err == nil {
		err = details[name].Err
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return false, nil
	default:
		return false, fmt.Errorf("look for topic %q: %w", name, a.config.explainRight(err, opDescribe, onTopic, name))
	}
}

// DescribeTopic returns what the brokers know of a topic.
func (a *Admin) DescribeTopic(ctx context.Context, name string) (Topic, error) {
	topic, err := a.describe(ctx, name)
	if NoTopic(err) {
		return Topic{}, fmt.Errorf("there is no topic %q; create it with `go run ./app topics ensure --topic %s`", name, name)
	}
	return topic, err
}

// DescribeEnsured is DescribeTopic for a topic that EnsureTopic may just have
// created: one broker learns of it after the other, and any may answer.
func (a *Admin) DescribeEnsured(ctx context.Context, name string) (Topic, error) {
	const spreadsWithin, lookEvery = 10 * time.Second, 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, spreadsWithin)
	defer cancel()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		topic, err := a.describe(ctx, name)
		if !NoTopic(err) {
			return topic, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return Topic{}, err
		}
	}
}

func (a *Admin) describe(ctx context.Context, name string) (Topic, error) {
	details, err := a.client.ListTopics(ctx, name)
	if err == nil {
		err = details[name].Err
	}
	if err != nil {
		return Topic{}, fmt.Errorf("describe topic %q: %w", name, a.config.explainRight(err, opDescribe, onTopic, name))
	}
	placed := details[name].Partitions
	topic := Topic{Name: name, Partitions: len(placed), Replicas: placed.NumReplicas()}
	for _, p := range placed.Sorted() {
		topic.Layout = append(topic.Layout, Placement{p.Partition, p.Leader, p.Replicas, p.ISR})
	}
	if err := a.readConfigs(ctx, &topic); err != nil {
		return Topic{}, fmt.Errorf("read the settings of topic %q: %w", name, a.config.explainRight(err, opDescribeConfigs, onTopic, name))
	}
	return topic, nil
}

func (a *Admin) readConfigs(ctx context.Context, topic *Topic) error {
	resources, err := a.client.DescribeTopicConfigs(ctx, topic.Name)
	if err != nil {
		return err
	}
	resource, err := resources.On(topic.Name, nil)
	if err != nil {
		return err
	}
	topic.Configs = make(map[string]string, len(resource.Configs))
	for _, config := range resource.Configs {
		topic.Configs[config.Key] = config.MaybeValue()
		if config.Source == kmsg.ConfigSourceDynamicTopicConfig {
			topic.Overrides = append(topic.Overrides, config.Key)
		}
	}
	slices.Sort(topic.Overrides)
	return nil
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
